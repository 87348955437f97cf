import { request } from 'node:http';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { complete, post, user, type ErrorAnswer } from './chat-client.ts';
import { READY_MS, startReadyModel, type ModelProcess } from './model-process.ts';

let model: ModelProcess;
beforeAll(async () => {
  model = await startReadyModel();
}, READY_MS);
afterAll(() => model.stop());

const CHAT = '/v1/chat/completions';
const hi = { role: 'user', content: 'Hi' };

test.each<[string, unknown]>([
  ['no JSON', '{"messages": ['],
  ['no object', '[]'],
  ['no messages', {}],
  ['an empty list', { messages: [] }],
  ['an unknown role', { messages: [{ role: 'tool', content: 'x' }] }],
  ['content that is a number', { messages: [{ role: 'user', content: 5 }] }],
  ['an image', { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:,' } }] }] }],
  ['NUL in the content', { messages: [user('a\0b')] }],
  ['a lone surrogate', '{"messages":[{"role":"user","content":"\\ud800"}]}'],
  ['a temperature that is a word', { messages: [hi], temperature: 'hot' }],
  ['a temperature out of range', { messages: [hi], temperature: 3 }],
  ['no new tokens at all', { messages: [hi], max_tokens: 0 }],
  ['two choices', { messages: [hi], n: 2 }],
  ['tools', { messages: [hi], tools: [{ type: 'function', function: { name: 'f' } }] }],
  ['a stop text', { messages: [hi], stop: ['\n'] }],
])('[EM9] %s is refused readably', async (_, body) => {
  const response = await post(model.base, CHAT, body);
  const { error } = (await response.json()) as ErrorAnswer;
  expect(response.status).toBe(400);
  expect(error.type).toBe('invalid_request_error');
  expect(error.code).toMatch(/^invalid_/);
  expect(error.message).not.toMatch(/ at |\.ts/);
});

test('[EM9] the field that is wrong is named', async () => {
  const { error } = (await (
    await post(model.base, CHAT, { messages: [hi, { role: 'user', content: 5 }] })
  ).json()) as ErrorAnswer;
  expect(error.message).toContain('messages.1.content');
});

const send = (body: BodyInit, type = 'application/json') =>
  fetch(`${model.base}${CHAT}`, { method: 'POST', headers: { 'content-type': type }, body });

test('[EM9] bytes that are not UTF-8, another type and a body without measure are refused', async () => {
  const broken = Buffer.from(JSON.stringify({ messages: [user('x')] }).replace('x', '\xff'), 'latin1');
  expect((await send(broken)).status).toBe(400);
  expect((await send(JSON.stringify({ messages: [hi] }), 'text/plain')).status).toBe(415);
  expect((await send(JSON.stringify({ messages: [user('x'.repeat(3_000_000))] }))).status).toBe(413);
});

test('[EM9] unknown paths and methods are answered in JSON', async () => {
  const unknown = await fetch(`${model.base}/v1/embeddings`, { method: 'POST' });
  expect([unknown.status, ((await unknown.json()) as ErrorAnswer).error.code]).toEqual([404, 'not_found']);
  const method = await fetch(`${model.base}${CHAT}`);
  expect([method.status, ((await method.json()) as ErrorAnswer).error.code]).toEqual([405, 'method_not_allowed']);
});

test('[EM9] a page that made its name resolve to this machine is not served', async () => {
  const call = request(`${model.base}/health`, { headers: { host: 'evil.example' } }).end();
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  response.resume();
  expect(response.statusCode).toBe(421);
});

test('[EM9] after all of this it answers', async () => {
  expect((await complete(model.base, [user('Hi')], { max_tokens: 3 })).usage.completion_tokens).toBeGreaterThan(0);
});
