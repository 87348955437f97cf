import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call, post, sendRaw } from '#tests/support/http-call.ts';
import { startWeb, type Web } from '#tests/support/web.ts';

const SEND = () => ({ id: randomUUID(), prompt: 'x' });
const turns = () => `/api/conversations/${randomUUID()}/turns`;

let web: Web;
let published: Web;
beforeAll(async () => {
  const PUBLIC_URL = 'https://chat.example.org';
  [web, published] = await Promise.all([
    startWeb(),
    startWeb({ env: { PUBLIC_URL, GATEWAY_PUBLIC_URL: 'https://live.example.org' } }),
  ]);
});
afterAll(() => Promise.all([web.stop(), published.stop()]));

describe('[SEC1] the Host', () => {
  test.each([
    'localhost',
    'LOCALHOST:1',
    'localhost:3000',
    '127.0.0.1',
    '127.0.0.1:3000',
    '127.1.2.3',
    '[::1]',
    '[::1]:3000',
  ])('%s is ours', async (host) => {
    expect((await call(web.port, '/api/conversations', { headers: { host } })).status).toBe(200);
    expect((await post(web.port, turns(), SEND(), { host })).status).toBe(202);
    expect((await call(web.port, '/', { headers: { host } })).status).toBe(200);
  });

  test.each([
    'evil.example',
    'evil.example:3000',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'localhost@evil.example',
    'evil.example@localhost',
    'localhost/x',
    'localhost:x',
    'localhost, evil.example',
    '192.168.0.1',
    '0.0.0.0',
    '169.254.169.254',
    '[::]',
    '[fe80::1]',
    'chat.example.org',
  ])('%j is refused, by every route, method and page', async (host) => {
    const refused = { status: 421, body: { error: { code: 'unknown_host' } } };
    expect(await call(web.port, '/api/conversations', { headers: { host } })).toMatchObject(refused);
    expect(await call(web.port, '/api/health', { headers: { host } })).toMatchObject(refused);
    expect(await call(web.port, '/api/nope', { headers: { host } })).toMatchObject(refused);
    expect(await call(web.port, '/api/health', { method: 'OPTIONS', headers: { host } })).toMatchObject(refused);
    expect(await post(web.port, turns(), SEND(), { host })).toMatchObject(refused);
    for (const page of ['/', `/c/${randomUUID()}`, '/nowhere', '/apinope']) {
      const prefetch = { purpose: 'prefetch', 'next-router-prefetch': '1' };
      expect((await call(web.port, page, { headers: { host } })).status, page).toBe(421);
      expect((await call(web.port, page, { headers: { host, ...prefetch } })).status, page).toBe(421);
    }
  });

  test('that is missing or empty is refused', async () => {
    const empty = 'HTTP/1.1\r\nhost:\r\nconnection: close\r\n\r\n';
    expect(await sendRaw(web.port, `GET /api/health ${empty}`)).toMatch(/^HTTP\/1\.1 421 .*unknown_host/s);
    expect(await sendRaw(web.port, `GET / ${empty}`)).toMatch(/^HTTP\/1\.1 421 /);
    expect(await sendRaw(web.port, 'GET /api/health HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 421 .*unknown_host/s);
    expect(await sendRaw(web.port, 'GET / HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 421 /);
  });

  test('is not taken from what a proxy forwards', async () => {
    const headers = { host: 'evil.example', 'x-forwarded-host': 'localhost', forwarded: 'host=localhost' };
    expect((await call(web.port, '/api/conversations', { headers })).status).toBe(421);
    const hidden = { host: 'localhost', 'x-forwarded-host': 'evil.example' };
    expect((await call(web.port, '/api/conversations', { headers: hidden })).status).toBe(200);
  });

  test('of PUBLIC_URL is ours where it is set', async () => {
    for (const host of ['chat.example.org', 'Chat.Example.Org', 'chat.example.org:443', 'localhost']) {
      expect((await call(published.port, '/api/conversations', { headers: { host } })).status, host).toBe(200);
      expect((await call(published.port, '/', { headers: { host } })).status, host).toBe(200);
    }
    for (const host of ['chat.example.org:8443', 'example.org', 'x.chat.example.org']) {
      expect((await call(published.port, '/api/conversations', { headers: { host } })).status, host).toBe(421);
    }
  });
});

describe('[SEC1] the Origin of a change', () => {
  const host = 'localhost:3000';

  test('may be missing: a program sends none', async () => {
    expect((await post(web.port, turns(), SEND(), { host })).status).toBe(202);
  });

  test.each(['http://localhost:3000', 'https://localhost:3000'])('%s is ours', async (origin) => {
    expect((await post(web.port, turns(), SEND(), { host, origin })).status).toBe(202);
  });

  test.each([
    'null',
    '',
    'http://evil.example',
    'http://localhost',
    'http://localhost:3001',
    'http://127.0.0.1:3000',
    'http://localhost:3000.evil.example',
    'http://localhost:3000@evil.example',
    'http://evil.example, http://localhost:3000',
    'localhost:3000',
    'file://',
    'chrome-extension://localhost:3000',
    'https://chat.example.org',
  ])('%j is refused, and nothing is changed', async (origin) => {
    const refused = { status: 403, body: { error: { code: 'foreign_origin' } } };
    const headers = { host, origin };
    const id = randomUUID();
    const path = `/api/conversations/${id}`;
    expect(await post(web.port, `${path}/turns`, SEND(), headers)).toMatchObject(refused);
    expect(await call(web.port, path)).toMatchObject({ status: 404 });
    await post(web.port, `${path}/turns`, SEND());
    const { text } = await call(web.port, path);
    expect(await call(web.port, path, { method: 'DELETE', headers })).toMatchObject(refused);
    expect(await call(web.port, `${path}/restore`, { method: 'POST', headers })).toMatchObject(refused);
    expect(await call(web.port, `${path}/turns/${randomUUID()}/stop`, { method: 'POST', headers })).toMatchObject(
      refused,
    );
    const json = { ...headers, 'content-type': 'application/json' };
    expect(await call(web.port, path, { method: 'PATCH', headers: json, body: '{"title":"x"}' })).toMatchObject(
      refused,
    );
    expect((await call(web.port, path)).text).toBe(text);
  });

  test('of PUBLIC_URL is ours, however the proxy asks us', async () => {
    const origin = 'https://chat.example.org';
    for (const asked of ['chat.example.org', '127.0.0.1:3000']) {
      expect((await post(published.port, turns(), SEND(), { host: asked, origin })).status).toBe(202);
    }
    const other = { host: '127.0.0.1:3000', origin: 'http://chat.example.org' };
    expect((await post(published.port, turns(), SEND(), other)).status).toBe(403);
  });

  test('is never answered with leave to read: no other site may see what is here', async () => {
    for (const method of ['GET', 'OPTIONS']) {
      const headers = { host, origin: 'http://evil.example', 'access-control-request-method': 'POST' };
      const answer = await call(web.port, '/api/conversations', { method, headers });
      expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });
});
