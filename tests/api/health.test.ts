import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DatabaseSync } from 'node:sqlite';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { databaseFile } from '#lib/store/database.ts';
import { call, post } from '#tests/support/http-call.ts';
import { startWeb, type Web } from '#tests/support/web.ts';

const WELL = { worker: { state: 'ok' }, model: { state: 'ok', name: 'a model', source: 'openai' } };

const answerWell: RequestListener = ({ url }, response) =>
  response.writeHead(url === '/health' ? 200 : 404).end(JSON.stringify(WELL));

/** A gateway that answers as a test wants it. */
let answer = answerWell;
const gateway = createServer((request, response) => answer(request, response));
let web: Web;
beforeAll(async () => {
  await once(gateway.listen(0, '127.0.0.1'), 'listening');
  web = await startWeb({ env: { GATEWAY_PORT: String((gateway.address() as AddressInfo).port) } });
});
beforeEach(() => {
  answer = answerWell;
});
afterAll(async () => {
  await web.stop();
  gateway.closeAllConnections();
  gateway.close();
});

const health = () => call(web.port, '/api/health');

test('[API5] health is 200 when store and gateway work, though Temporal is away', async () => {
  const { status, body } = await health();
  expect(status).toBe(200);
  expect(body).toEqual({
    status: 'ok',
    store: { state: 'ok' },
    gateway: { state: 'ok' },
    temporal: { state: 'away', detail: expect.stringContaining('kept') },
    ...WELL,
  });
});

test('[API5] health hands on what the gateway says of worker and model', async () => {
  const told = {
    worker: { state: 'starting', detail: 'Temporal is away.' },
    model: { state: 'starting', source: 'embedded', name: 'small', percent: 42.5 },
  };
  answer = (_, response) => response.end(JSON.stringify(told));
  expect(await health()).toMatchObject({ status: 200, body: told });
});

test.each<[string, RequestListener]>([
  ['refuses', (_, response) => response.destroy()],
  ['is silent', () => {}],
  ['is somebody else', (_, response) => response.end('<html>hello</html>')],
  ['says something else', (_, response) => response.end('{"worker":"fine"}')],
  ['sends elsewhere', (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
])('[API5] health is 503 when the gateway %s', async (_, listener) => {
  answer = listener;
  const { status, body } = await health();
  expect(status).toBe(503);
  expect(body).toMatchObject({
    status: 'unavailable',
    store: { state: 'ok' },
    gateway: { state: 'away' },
    worker: { state: 'away' },
    model: { state: 'away' },
  });
});

test('[API1] a store that another process holds is 503, in health at once; then all is well again', async () => {
  const path = `/api/conversations/${randomUUID()}/turns`;
  const turn = { id: randomUUID(), prompt: 'Hello.' };
  const holder = new DatabaseSync(databaseFile(web.dataDir));
  holder.exec('begin immediate');
  const sent = post(web.port, path, turn);
  let isSent = false;
  void sent.finally(() => (isSent = true));
  expect(await health()).toMatchObject({
    status: 503,
    body: { store: { state: 'unavailable' }, gateway: { state: 'ok' } },
  });
  expect(isSent).toBe(false); // the send waits out the store's own deadline, health does not
  expect(await sent).toMatchObject({ status: 503, body: { error: { code: 'store_unavailable' } } });
  expect((await call(web.port, '/api/conversations')).body).toEqual({ conversations: [] });
  holder.exec('rollback');
  holder.close();
  expect((await post(web.port, path, turn)).status).toBe(202);
  await expect.poll(async () => (await health()).status).toBe(200);
  expect(web.output()).not.toContain('Hello.');
});
