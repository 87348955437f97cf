import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LIMITS } from '#lib/protocol/limits.ts';
import { call, post, sendRaw } from '#tests/support/http-call.ts';
import { startWeb, type Web } from '#tests/support/web.ts';

let web: Web;
beforeAll(async () => void (web = await startWeb()));
afterAll(() => web.stop());

const path = () => `/api/conversations/${randomUUID()}/turns`;
const headers = { 'content-type': 'application/json' };
const MIB = 1024 * 1024;

/** A send that is `bytes` long, by white space that JSON allows. */
function padded(bytes: number): string {
  const body = JSON.stringify({ id: randomUUID(), prompt: 'x' });
  return body + ' '.repeat(bytes - body.length);
}

async function expectHealthy(): Promise<void> {
  expect((await post(web.port, path(), { id: randomUUID(), prompt: 'well?' })).status).toBe(202);
}

test.each([
  ['one byte over 256 KiB', LIMITS.bodyBytes + 1],
  ['1 MiB', MIB],
  ['12 MiB', 12 * MIB],
])('[API3] a body of %s is 413', async (_, bytes) => {
  const answer = await call(web.port, path(), { method: 'POST', headers, body: padded(bytes) });
  expect(answer).toMatchObject({ status: 413, body: { error: { code: 'body_too_large' } } });
  await expectHealthy();
});

test('[API3] a body of 256 KiB is read', async () => {
  const answer = await call(web.port, path(), { method: 'POST', headers, body: padded(LIMITS.bodyBytes) });
  expect(answer.status).toBe(202);
});

test.each([
  ['257 KiB', 257],
  ['12 MiB', 12 * 1024],
])('[API3] a chunked body of %s is 413', async (_, pieces) => {
  const body = Array.from({ length: pieces }, () => ' '.repeat(1024));
  const answer = await call(web.port, path(), { method: 'POST', headers, body });
  expect(answer).toMatchObject({ status: 413, body: { error: { code: 'body_too_large' } } });
  await expectHealthy();
});

test('[API3] a chunked body that is short enough is read', async () => {
  const whole = padded(1024);
  const body = [whole.slice(0, 10), whole.slice(10, 11), whole.slice(11)];
  expect((await call(web.port, path(), { method: 'POST', headers, body })).status).toBe(202);
});

test('[API3] a body that is longer than it says leaves the app healthy', async () => {
  const said = `POST ${path()} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 5\r\n`;
  expect(await sendRaw(web.port, `${said}\r\n${padded(400)}`)).toMatch(/^HTTP\/1\.1 400 /);
  await expectHealthy();
});

test('[API3] a body that never comes whole leaves the app healthy', async () => {
  const said = `POST ${path()} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 500\r\n`;
  await sendRaw(web.port, `${said}\r\n{"id":`);
  await expectHealthy();
});

test.each([
  ['a lone byte', [0x22, 0xff, 0x22]],
  ['a cut character', [0xf0, 0x9f, 0x98]],
  ['an overlong slash', [0xc0, 0xaf]],
  ['a surrogate', [0xed, 0xa0, 0x80]],
  ['Latin-1', [0xe4, 0xf6, 0xfc]],
  ['UTF-16', [0xff, 0xfe, 0x7b, 0x00]],
])('[API2] bytes that are not UTF-8 are refused: %s', async (_, bytes) => {
  const [before, after] = JSON.stringify({ id: randomUUID(), prompt: '|' }).split('|');
  const body = Buffer.concat([Buffer.from(before!), Buffer.from(bytes), Buffer.from(after!)]);
  const answer = await call(web.port, path(), { method: 'POST', headers, body });
  expect(answer).toMatchObject({ status: 400, body: { error: { code: 'invalid_utf8' } } });
  await expectHealthy();
});

test('[API1] JSON that is deep beyond reason is refused', async () => {
  const body = '['.repeat(100_000) + ']'.repeat(100_000);
  const answer = await call(web.port, path(), { method: 'POST', headers, body });
  expect(answer.status).toBe(400);
  await expectHealthy();
});
