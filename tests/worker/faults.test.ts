import { v7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Turn } from '#lib/protocol/turn.ts';
import { startModelEndpoint } from '#tests/support/model-endpoint.ts';
import { KEY, startParley, type Parley } from '#tests/support/parley.ts';
import { expectedReply } from '#tests/support/scenario-options.ts';

let patient: Parley;
/** Waits a second for a provider that is silent, not minutes. */
let hasty: Parley;
beforeAll(async () => {
  const times = { MODEL_FIRST_TOKEN_TIMEOUT_MS: '1000', MODEL_IDLE_TIMEOUT_MS: '1000' };
  [patient, hasty] = await Promise.all([startParley(), startParley({ env: times })]);
});
afterAll(() => Promise.all([patient.close(), hasty.close()]));

async function answered(prompt: string): Promise<{ turn: Turn; calls: number }> {
  const { user, endpoint } = prompt.includes('silent') ? hasty : patient;
  const { turnId } = await user.send(v7(), prompt);
  const turn = await user.ended(turnId, 40_000);
  return { turn, calls: (await endpoint.callsOf(prompt)).length };
}

/** What a person may read of a failure: a sentence, and nothing of the provider's own. */
function expectReadable({ error }: Turn): void {
  expect(error?.message).toMatch(/^[A-Z].{20,}[.?]$/s);
  const told = JSON.stringify(error);
  for (const part of [KEY, KEY.slice(0, 8), KEY.slice(-4), '****']) expect(told).not.toContain(part);
  expect(told).not.toMatch(/<\/?[a-z]+|\bat .+:\d+|node_modules|Error:|chatcmpl/i);
}

const FINAL = [
  ['wrong-key', 'wrong_key'],
  ['fail status=403', 'forbidden'],
  ['model-not-found', 'model_not_found'],
  ['context-length', 'context_too_long'],
  ['fail status=400', 'refused'],
  ['fail status=422', 'refused'],
  ['fail status=413', 'request_too_large'],
  ['fail status=429 retryAfter=3600', 'rate_limited'],
  ['redirect', 'redirected'],
  ['length tokens=6', 'cut_off'],
] as const;

test.concurrent.each(FINAL)('[ACT7] %s is final: one call, and the turn says %s', async (scenario, code) => {
  const { turn, calls } = await answered(`scenario:${scenario} seed=301`);
  expect(turn).toMatchObject({ status: 'failed', error: { code } });
  expect(calls).toBe(1);
  expectReadable(turn);
});

const TRIED_AGAIN = [
  ['fail status=408', 'timeout'],
  ['fail status=409', 'provider_error'],
  ['fail status=429', 'rate_limited'],
  ['fail status=500', 'provider_error'],
  ['fail status=502', 'provider_error'],
  ['fail status=503', 'overloaded'],
  ['break after=4', 'provider_error'],
  ['break after=4 reset=1', 'provider_error'],
  ['break after=0', 'provider_error'],
  ['truncate after=4', 'cut_off'],
  ['truncate after=4 done=1', 'cut_off'],
  ['silent', 'timeout'],
  ['silent-before-headers', 'timeout'],
  ['silent-middle after=4', 'timeout'],
  ['malformed after=4', 'provider_error'],
  ['inband-error after=4', 'provider_error'],
  ['empty', 'empty_reply'],
  ['html', 'cut_off'],
] as const;

test.concurrent.each(TRIED_AGAIN)('[LOG10] %s is tried three times, then the turn says %s', async (scenario, code) => {
  const prompt = `scenario:${scenario} vary=1 seed=311`;
  const { turn, calls } = await answered(prompt);
  expect(turn).toMatchObject({ status: 'failed', error: { code } });
  expect(calls).toBe(3);
  expectReadable(turn);
  // The text of the last try is kept, and of that one alone; a reset may have taken some of it along.
  const whole = expectedReply(prompt, { nth: 3, tokens: 4 });
  if (scenario.includes('after=4') && !scenario.includes('reset=1')) expect(turn.reply).toBe(whole);
  else expect(whole.startsWith(turn.reply)).toBe(true);
});

const LEAVING_TEXT = [
  'break after=4',
  'truncate after=4',
  'silent-middle after=4',
  'malformed after=4',
  'inband-error after=4',
  'fail status=503',
];

test.concurrent.each(LEAVING_TEXT)(
  '[LOG6] %s twice, then whole: nothing of the first tries is left',
  async (scenario) => {
    const prompt = `scenario:${scenario} times=2 vary=1 tokens=20 seed=321`;
    const { turn, calls } = await answered(prompt);
    expect(turn).toMatchObject({
      status: 'completed',
      reply: expectedReply(prompt, { nth: 3 }),
      error: null,
      retry: null,
    });
    expect(calls).toBe(3);
  },
);

test.concurrent('[ACT7] a server that nobody runs is told as such', async () => {
  const gone = await startModelEndpoint();
  await gone.close();
  const unreachable = await startParley({ env: { OPENAI_BASE_URL: gone.baseURL } });
  try {
    const { turnId } = await unreachable.user.send(v7(), 'hello');
    const turn = await unreachable.user.ended(turnId);
    expect(turn).toMatchObject({ status: 'failed', error: { code: 'unreachable' } });
    expectReadable(turn);
  } finally {
    await unreachable.close();
  }
});
