import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call } from '#tests/support/http-call.ts';
import { startWeb, type Web } from '#tests/support/web.ts';

/** The web process asks before the first test does. */
let answer: RequestListener = (_, response) => response.destroy();
const gateway = createServer((request, response) => answer(request, response));
let web: Web;
beforeAll(async () => {
  await once(gateway.listen(0, '127.0.0.1'), 'listening');
  const GATEWAY_PORT = String((gateway.address() as AddressInfo).port);
  web = await startWeb({ env: { GATEWAY_PORT, TEMPORAL_UI_URL: 'http://127.0.0.1:8233' } });
});
afterAll(async () => {
  await web.stop();
  gateway.closeAllConnections();
  gateway.close();
});

test('[SET2] the models are those that the worker tells of, with the default', async () => {
  const paths: string[] = [];
  answer = ({ url = '' }, response) => {
    paths.push(url);
    response.end(JSON.stringify({ models: ['large', 'small'], default: 'small' }));
  };
  expect(await call(web.port, '/api/models')).toMatchObject({
    status: 200,
    body: { models: [{ id: 'large' }, { id: 'small' }], default: 'small' },
  });
  expect(paths).toContain('/models');
});

test.each<[string, RequestListener]>([
  ['is away', (_, response) => response.destroy()],
  ['cannot list them', (_, response) => response.writeHead(500).end('{"error":{}}')],
  ['says something else', (_, response) => response.end('{"models":"none"}')],
])('[SET2] it is 503 in words when the worker %s', async (_, listener) => {
  answer = listener;
  expect(await call(web.port, '/api/models')).toMatchObject({
    status: 503,
    body: { error: { code: 'models_unknown', message: expect.stringContaining('cannot be listed') } },
  });
});

test('[API5] health names Temporal’s own UI where it is known', async () => {
  answer = (_, response) => response.destroy();
  expect((await call(web.port, '/api/health')).body).toMatchObject({
    temporal: { url: 'http://127.0.0.1:8233', namespace: 'default' },
  });
});
