import type { ModelMessage } from 'ai';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { WorkerEnv } from '#lib/env.ts';
import type { Chunk } from '#lib/protocol/event.ts';
import { modelFromEnv } from '#worker/model/model.ts';
import type { Send } from '#worker/model/providers.ts';
import { ProviderFailure } from '#worker/model/port.ts';
import type { ModelEndpoint } from '#tests/support/endpoint-client.ts';
import type { Call } from '#tests/support/call-log.ts';
import { textOfMessage, type Api } from '#tests/support/chat-wire.ts';
import { startModelEndpoint } from '#tests/support/model-endpoint.ts';
import { expectedReply, expectedThoughts, PRESETS } from '#tests/support/scenario-options.ts';

const KEY = 'sk-parley-0123456789-secret';

let endpoint: ModelEndpoint;
beforeAll(async () => {
  endpoint = await startModelEndpoint();
});
afterEach(() => endpoint.reset());
afterAll(() => endpoint.close());

/** OpenAI itself is asked by the Responses API, whoever else by chat completions. */
const APIS: Api[] = ['chat', 'responses'];
const toOpenAi: Send = (input, init) => fetch(String(input).replace('https://api.openai.com', endpoint.url), init);

type Calling = Partial<WorkerEnv> & {
  signal?: AbortSignal;
  api?: Api;
  before?: ModelMessage[];
  after?: ModelMessage[];
};

/** One call, and what came of it. */
async function called(
  prompt: string,
  { signal = new AbortController().signal, api = 'chat', before = [], after = [], ...more }: Calling = {},
) {
  const isOpenAi = api === 'responses';
  const named = { OPENAI_API_KEY: KEY, OPENAI_MODEL: 'any', ...(!isOpenAi && { OPENAI_BASE_URL: endpoint.baseURL }) };
  const model = modelFromEnv({ ...WorkerEnv.parse(named), ...more }, isOpenAi ? toOpenAi : fetch);
  const chunks: Chunk[] = [];
  const stream = model.stream([...before, { role: 'user', content: prompt }, ...after], signal);
  try {
    for (;;) {
      const next = await stream.next();
      if (next.done) return { chunks, usage: next.value, failure: null };
      chunks.push(next.value);
    }
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error;
    return { chunks, usage: null, failure: error };
  }
}

const textOf = (chunks: Chunk[]) => chunks.map((chunk) => (chunk.type === 'text-delta' ? chunk.delta : '')).join('');

const WHOLE = [
  'steady tokens=200',
  'slow-start firstMs=50',
  'burst tokens=200',
  'one-byte',
  'split-utf8 tokens=60',
  'split-surrogates tokens=60',
  'reasoning',
  'huge-event bytes=200000',
];

/** Every row in both ways to ask. */
const inBoth = <Row extends readonly unknown[]>(rows: readonly Row[]) =>
  APIS.flatMap((api) => rows.map((row) => [api, ...row] as const));

test.each(inBoth(WHOLE.map((scenario) => [scenario])))(
  '[ACT7] %s: %s is a whole answer, exactly',
  async (api, scenario) => {
    const prompt = `scenario:${scenario} seed=5`;
    const { chunks, usage, failure } = await called(prompt, { api });
    expect(failure).toBeNull();
    expect(textOf(chunks)).toBe(expectedReply(prompt));
    expect(usage).toEqual({ inputTokens: expect.any(Number), outputTokens: expect.any(Number) });
    expect(chunks.filter(({ type }) => type === 'text-start')).toHaveLength(1);
    expect(chunks.at(-1)?.type).toBe('text-end');
  },
);

test.each(APIS)('[MOD5] %s: what the model thinks first comes as reasoning, apart from its reply', async (api) => {
  const prompt = 'scenario:reasoning seed=5';
  const { chunks } = await called(prompt, { api });
  const [call] = await endpoint.calls();
  const kinds = chunks.map(({ type }) => type).filter((type, at, all) => type !== all[at - 1]);
  expect(kinds).toEqual(['reasoning', 'text'].flatMap((kind) => [`${kind}-start`, `${kind}-delta`, `${kind}-end`]));
  expect(chunks.filter(({ type }) => type === 'reasoning-delta')).toHaveLength(call!.thoughtsSent);
});

test('[MOD5] chat: thoughts that a server leaves in its text come as reasoning all the same', async () => {
  const prompt = 'scenario:reasoning tagged=1 seed=5';
  const { chunks, usage } = await called(prompt);
  const kinds = chunks.map(({ type }) => type).filter((type, at, all) => type !== all[at - 1]);
  expect(kinds).toEqual(['reasoning', 'text'].flatMap((kind) => [`${kind}-start`, `${kind}-delta`, `${kind}-end`]));
  const thoughts = chunks.map((chunk) => (chunk.type === 'reasoning-delta' ? chunk.delta : '')).join('');
  expect(thoughts).toBe(`${expectedThoughts(prompt)}\n`);
  expect(textOf(chunks)).toBe(expectedReply(prompt));
  expect(usage).not.toBeNull();
});

test('[ACT7] [MOD5] chat: thoughts in a text that holds nothing else are no answer', async () => {
  const { chunks, failure } = await called('scenario:reasoning tagged=1 tokens=0 seed=5');
  expect(failure).toMatchObject({ error: { code: 'empty_reply' }, retries: true });
  expect(textOf(chunks)).toBe('');
});

test('[MOD5] chat: what goes on with a begun reply is never taken for a thought', async () => {
  const prompt = 'scenario:reasoning tagged=1 continues=1 seed=5';
  const left = { role: 'assistant' as const, content: expectedReply(prompt, { tokens: 5 }) };
  const { chunks } = await called(prompt, { after: [left] });
  expect(textOf(chunks)).toContain(`<think>\n${expectedThoughts(prompt)}\n</think>`);
});

test('[MOD5] a model that thinks for longer than a silence may last is not silent', async () => {
  const prompt = 'scenario:reasoning seed=5 rate=20 thoughts=12 tokens=3';
  const { chunks, failure } = await called(prompt, { MODEL_FIRST_TOKEN_TIMEOUT_MS: 400, MODEL_IDLE_TIMEOUT_MS: 400 });
  expect(failure).toBeNull();
  expect(textOf(chunks)).toBe(expectedReply(prompt));
});

const BROKEN: [string, string, boolean][] = [
  ['break', 'provider_error', true],
  ['truncate', 'cut_off', true],
  ['truncate done=1', 'cut_off', true],
  ['silent', 'timeout', true],
  ['silent-before-headers', 'timeout', true],
  ['silent-middle', 'timeout', true],
  ['slow-start firstMs=5000', 'timeout', true],
  ['malformed', 'provider_error', true],
  ['inband-error', 'provider_error', true],
  ['inband-error code=context_length_exceeded', 'context_too_long', false],
  ['empty', 'empty_reply', true],
  ['reasoning tokens=0', 'empty_reply', true],
  ['html', 'cut_off', true],
  ['redirect', 'redirected', false],
  ['length', 'cut_off', false],
  ['withheld', 'content_filter', false],
  ['endless-event', 'event_too_large', false],
  ['fail status=500', 'provider_error', true],
  ['fail status=502 page=1', 'provider_error', true],
  ['inband-error after=0', 'provider_error', true],
  ['inband-error failed=1', 'provider_error', true],
  ['inband-error after=0 code=rate_limit_exceeded', 'rate_limited', true],
  ['fail status=429', 'rate_limited', true],
  ['context-length', 'context_too_long', false],
  ['wrong-key', 'wrong_key', false],
  ['model-not-found', 'model_not_found', false],
];

test.each(inBoth(BROKEN))(
  '[ACT7] %s: %s is %s, tried again: %s',
  async (api, scenario, code, retries) => {
    const prompt = `scenario:${scenario} seed=5`;
    const waitMs = /silent|slow/.test(scenario) ? 300 : 20_000;
    const times = { MODEL_FIRST_TOKEN_TIMEOUT_MS: waitMs, MODEL_IDLE_TIMEOUT_MS: waitMs };
    const { chunks, failure } = await called(prompt, { ...times, api });
    expect(failure).toMatchObject({ error: { code }, retries });
    expect(expectedReply(prompt).startsWith(textOf(chunks))).toBe(true);
    expect(JSON.stringify(failure?.error)).not.toMatch(/sk-parley|secret|\*\*\*|</);
    // One call, however it failed, and none elsewhere: who tries again is Temporal.
    const calls = await endpoint.until((known) => known[0]?.endedBy && known);
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatchObject({ api, scenario: scenario.split(' ')[0] });
  },
  30_000,
);

test('every scenario of the endpoint is among these, or waits for the test', () => {
  const named = [...WHOLE, ...BROKEN.map(([scenario]) => scenario)].map((words) => words.split(' ')[0]);
  const others = Object.keys(PRESETS).filter((name) => !named.includes(name));
  expect(others.toSorted()).toEqual(['endless', 'gate-first', 'hold']);
});

test.each(inBoth(['gate-first', 'hold after=3', 'endless', 'silent-before-headers'].map((scenario) => [scenario])))(
  '%s: an abort closes the provider’s socket and is no failure: %s',
  async (api, scenario) => {
    const controller = new AbortController();
    const prompt = `scenario:${scenario} seed=5`;
    const calling = called(prompt, { api, signal: controller.signal });
    await endpoint.until(([call]) => call && (call.held || call.tokensSent > 2 || scenario.startsWith('silent')));
    controller.abort();
    expect(await calling).toMatchObject({ usage: null, failure: null });
    expect(await endpoint.until(([call]) => call?.endedBy)).toBe('client');
  },
);

test.each(APIS)('[MOD3] %s: the line is told as it is, the prompt last, and nothing else is asked for', async (api) => {
  const before = [
    { role: 'user', content: 'What is it?' },
    { role: 'assistant', content: 'A thing of 日本語.\n\n[The user interrupted this reply here.]' },
  ] satisfies ModelMessage[];
  const prompt = 'scenario:steady seed=5';
  await called(prompt, { api, before });
  const [{ body }] = (await endpoint.calls()) as [Call];
  const told = body.messages.map((message) => ({ role: message.role, content: textOfMessage(message) }));
  expect(told).toEqual([...before, { role: 'user', content: prompt }]);
  expect(body.model).toBe('any');
  expect(body).not.toHaveProperty('tools');
});

test('[MOD6] OpenAI is asked to keep nothing; no other server is sent a word of it', async () => {
  for (const api of APIS) await called('scenario:steady seed=5', { api });
  const bodies = (await endpoint.calls()).map(({ body }) => body as { store?: unknown });
  expect(bodies.map(({ store }) => store)).toEqual([undefined, false]);
});

test('[SEC5] the key is sent as a key, and nowhere else', async () => {
  await called('scenario:steady seed=5');
  const [call] = await endpoint.calls();
  expect(call!.headers.authorization).toBe('present');
  expect(JSON.stringify(call!.body)).not.toContain('sk-parley');
});

test('without a model nothing is made up: it fails with the ways out', async () => {
  const model = modelFromEnv(WorkerEnv.parse({}));
  await expect(model.ready(new AbortController().signal)).rejects.toMatchObject({
    error: { code: 'no_model', message: expect.stringMatching(/OPENAI_API_KEY.*Ollama.*GGUF/s) },
    retries: false,
  });
  expect((await model.health()).state).toBe('unavailable');
});
