import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { webTemporal } from '#app/_server/app.ts';
import { readHealth } from '#app/_server/health.ts';
import { listModels } from '#app/_server/models.ts';
import { migrate } from '#lib/store/migrate.ts';
import { freePort } from '#tests/support/web.ts';

/* In this process, where the environment is read at first use; what it is to the built app, tests/api shows. */
const WELL = { worker: { state: 'ok' }, model: { state: 'ok', name: 'a model', source: 'openai' } };
const answerWell: RequestListener = (_, response) => response.end(JSON.stringify(WELL));
let answer = answerWell;
const gateway = createServer((request, response) => answer(request, response));
let dataDir: string;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'parley-health-'));
  await once(gateway.listen(0, '127.0.0.1'), 'listening');
  process.env.DATA_DIR = dataDir;
  // Nobody is there: it is for browsers.
  process.env.GATEWAY_PUBLIC_URL = `http://127.0.0.1:${await freePort()}`;
  process.env.GATEWAY_PORT = String((gateway.address() as AddressInfo).port);
  process.env.TEMPORAL_ADDRESS = `127.0.0.1:${await freePort()}`;
});
afterAll(async () => {
  gateway.closeAllConnections();
  gateway.close();
  await webTemporal().close();
  await rm(dataDir, { recursive: true, force: true });
});

test('[API5] health is 503 without a store, and 200 as soon as there is one, though Temporal is away', async () => {
  expect(await readHealth()).toMatchObject({ status: 503, body: { store: { state: 'unavailable' } } });
  await migrate(dataDir);
  await expect.poll(async () => (await readHealth()).status).toBe(200);
  expect((await readHealth()).body).toMatchObject({ status: 'ok', temporal: { state: 'away' }, ...WELL });
});

test.each<[string, RequestListener]>([
  ['refuses', (_, response) => response.destroy()],
  ['is silent', () => {}],
  ['says something else', (_, response) => response.end('{"worker":"fine"}')],
  ['sends elsewhere', (_, response) => response.writeHead(302, { location: '/health?again' }).end()],
])('[API5] health is 503 when the gateway %s', async (_, listener) => {
  // Where it sends to all is well: it is not followed.
  answer = (request, response) => (request.url === '/health' ? listener : answerWell)(request, response);
  expect(await readHealth()).toMatchObject({ status: 503, body: { gateway: { state: 'away' } } });
  answer = answerWell;
});

test('[SET2] the models are those that the worker tells of, and unknown in words where it tells of none', async () => {
  answer = (_, response) => response.end(JSON.stringify({ models: ['large'], default: 'large' }));
  expect(await listModels()).toEqual({ status: 200, body: { models: [{ id: 'large' }], default: 'large' } });
  answer = (_, response) => response.writeHead(500).end('{}');
  expect(await listModels()).toMatchObject({ status: 503, body: { error: { code: 'models_unknown' } } });
});
