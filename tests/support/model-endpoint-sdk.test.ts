import { inspect } from 'node:util';
import { createOpenAI } from '@ai-sdk/openai';
import { streamText } from 'ai';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { ModelEndpoint } from './endpoint-client.ts';
import { startModelEndpoint } from './model-endpoint.ts';
import { expectedReply } from './scenario-options.ts';

let endpoint: ModelEndpoint;
beforeAll(async () => {
  endpoint = await startModelEndpoint();
});
afterEach(() => endpoint.reset());
afterAll(() => endpoint.close());

/** A call through the AI SDK; `errors` holds what it told or threw while its stream was read. */
function sdk(prompt: string, abortSignal = new AbortController().signal) {
  const model = createOpenAI({ baseURL: endpoint.baseURL, apiKey: 'sk-test-0123456789-last' }).chat('any');
  const errors: unknown[] = [];
  const onError = (event: unknown) => void errors.push(event);
  return { errors, onError, result: streamText({ model, prompt, maxRetries: 0, onError, abortSignal }) };
}

test.each([
  'steady tokens=300',
  'one-byte',
  'split-utf8 tokens=80',
  'split-surrogates',
  'burst',
  'reasoning',
  'length',
])('%s arrives whole', async (script) => {
  const prompt = `scenario:${script} unicode=1`;
  const { result, errors } = sdk(prompt);
  expect(await result.text).toBe(expectedReply(prompt));
  expect(errors).toEqual([]);
  expect(await result.finishReason).toBe(script === 'length' ? 'length' : 'stop');
  const { outputTokens } = await result.usage;
  const [call] = await endpoint.callsOf(prompt);
  expect(outputTokens).toBe((call?.tokensSent ?? 0) + (call?.thoughtsSent ?? 0));
});

test('an abort closes the provider’s socket', async () => {
  const gone = new AbortController();
  const { result } = sdk('scenario:endless rate=200', gone.signal);
  const read = (async () => {
    let text = '';
    for await (const part of result.textStream) text += part;
    return text;
  })();
  await endpoint.until((calls) => calls.some(({ tokensSent }) => tokensSent >= 20));
  const abortedAt = performance.timeOrigin + performance.now();
  gone.abort();
  const call = await endpoint.until((calls) => calls.find(({ closedAt }) => closedAt));
  expect(call.endedBy).toBe('client');
  expect((call.closedAt ?? 0) - abortedAt).toBeLessThan(500);
  expect(call.textSent.startsWith(await read)).toBe(true);
});

test.each([
  ['fail status=503', /overloaded/],
  ['wrong-key', /Incorrect API key/],
  ['inband-error after=0', /had an error/],
  ['inband-error after=2', /had an error/],
  ['malformed after=2', /JSON/],
  ['break after=2', /terminated/],
  ['html', /^\[\]$/],
  ['truncate after=2', /^\[\]$/],
])('%s is told as an error, html and truncate as none', async (script, message) => {
  const { result, errors, onError } = sdk(`scenario:${script}`);
  await result.consumeStream({ onError });
  expect(inspect(errors)).toMatch(message);
});
