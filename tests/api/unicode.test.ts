import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call, post } from '#tests/support/http-call.ts';
import { startWeb, type Web } from '#tests/support/web.ts';

let web: Web;
beforeAll(async () => void (web = await startWeb()));
afterAll(() => web.stop());

const TEXTS: [name: string, text: string][] = [
  ['emoji families', '👨‍👩‍👧‍👦 🧑🏽‍🚀 🏴󠁧󠁢󠁷󠁬󠁳󠁿 🇺🇳 ❤️‍🔥'],
  ['right-to-left', 'שלום עולם \u202eabc\u202c مرحبا'],
  ['combining marks', 'e\u0301 vs é, Z̷̧̛͙a̶l̴g̵o̷, नमस्ते, กำ'],
  ['astral letters', '𝕬𝖇𝖈 𠜎𠜱 \u{10ffff}'],
  ['what ends lines', 'a\r\nb\rc\nd\u2028e\u2029f\u0085g'],
  ['what is not seen', '\ufeffa\u200bb\u00adc\u2060d\u00a0e'],
  ['control characters', '\u0001\u0008\u001b[31m\u007f'],
  ['what looks like code', "<script>alert(1)</script> \"'`${x}` \\u0000 %00 &amp; '; drop table turn; --"],
  ['white space around', '  \n\tx \n '],
  ['non-characters', '\uffff\ufffe\u{1fffe}'],
];

test.each(TEXTS)('[API2] survives exactly: %s', async (_, prompt) => {
  const conversation = `/api/conversations/${randomUUID()}`;
  const sent = await post(web.port, `${conversation}/turns`, { id: randomUUID(), prompt });
  expect(sent).toMatchObject({ status: 202, body: { prompt } });
  expect(await call(web.port, conversation)).toMatchObject({ status: 200, body: { turns: [{ prompt }] } });
});

test('[API2] survives as a title', async () => {
  const conversation = `/api/conversations/${randomUUID()}`;
  const title = '👨‍👩‍👧‍👦 e\u0301 שלום';
  await post(web.port, `${conversation}/turns`, { id: randomUUID(), prompt: 'x' });
  const body = JSON.stringify({ title });
  const headers = { 'content-type': 'application/json' };
  expect(await call(web.port, conversation, { method: 'PATCH', headers, body })).toMatchObject({
    status: 200,
    body: { title },
  });
});

test.each([
  ['NUL', '"a\\u0000b"', /NUL/],
  ['a high surrogate alone', '"a\\ud83db"', /surrogate/],
  ['a low surrogate alone', '"\\ude00"', /surrogate/],
  ['surrogates the wrong way round', '"\\ude00\\ud83d"', /surrogate/],
])('[API2] is refused, in prompt and title: %s', async (_, json, message) => {
  const refused = { status: 400, body: { error: { message: expect.stringMatching(message) } } };
  const conversation = `/api/conversations/${randomUUID()}`;
  const headers = { 'content-type': 'application/json' };
  const body = `{"id":"${randomUUID()}","prompt":${json}}`;
  expect(await call(web.port, `${conversation}/turns`, { method: 'POST', headers, body })).toMatchObject(refused);
  expect(await call(web.port, conversation, { method: 'PATCH', headers, body: `{"title":${json}}` })).toMatchObject(
    refused,
  );
});

test('[API2] a pair of surrogates written as escapes is one character', async () => {
  const body = `{"id":"${randomUUID()}","prompt":"\\ud83d\\ude00"}`;
  const headers = { 'content-type': 'application/json' };
  const answer = await call(web.port, `/api/conversations/${randomUUID()}/turns`, { method: 'POST', headers, body });
  expect(answer).toMatchObject({ status: 202, body: { prompt: '😀' } });
});
