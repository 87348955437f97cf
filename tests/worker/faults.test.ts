import { v7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Turn, TurnError } from '#lib/protocol/turn.ts';
import { startModelEndpoint } from '#tests/support/model-endpoint.ts';
import { KEY, startParley, type Parley } from '#tests/support/parley.ts';
import { expectedReply } from '#tests/support/scenario-options.ts';

/*
 * Everything that a provider does wrong, each through the whole of Parley: how often it is asked, what the page is told
 * meanwhile and in the end, and what is kept. How the model reads each of them is in tests/model.
 */

let patient: Parley;
/** Waits seconds for a provider that is silent, not minutes; a busy machine may need one for what has been sent. */
let hasty: Parley;
beforeAll(async () => {
  const times = { MODEL_FIRST_TOKEN_TIMEOUT_MS: '3000', MODEL_IDLE_TIMEOUT_MS: '1000' };
  [patient, hasty] = await Promise.all([startParley(), startParley({ env: times })]);
});
afterAll(() => Promise.all([patient.close(), hasty.close()]));

const FINAL = [
  ['fail status=400', 'refused', /HTTP 400/],
  ['wrong-key', 'wrong_key', /OPENAI_API_KEY/],
  ['fail status=403', 'forbidden', /does not allow/],
  ['model-not-found', 'model_not_found', /OPENAI_MODEL/],
  ['context-length', 'context_too_long', /too long/],
  ['fail status=413', 'request_too_large', /too large/],
  ['fail status=422', 'refused', /HTTP 422/],
  ['fail status=429 retryAfter=3600', 'rate_limited', /again in 60 min/],
  ['fail status=429 retryAfter=315360000', 'rate_limited', /again in 3650 days/],
  ['fail status=503 retryAfter=in:5400', 'overloaded', /again in 90 min/],
  ['redirect', 'redirected', /elsewhere/],
  ['length tokens=4', 'cut_off', /limit on new text/],
  ['withheld tokens=4', 'content_filter', /withheld/],
  ['endless-event', 'event_too_large', /in one piece/],
] as const;

test.concurrent.each(FINAL)('[ACT7] %s is final: one call, and the turn says %s', async (scenario, code, words) => {
  const prompt = `scenario:${scenario} seed=301`;
  const { turn } = await answered(prompt, { calls: 1 });
  expect(turn).toMatchObject({ status: 'failed', error: { code, message: expect.stringMatching(words) }, retry: null });
  expectReadable(turn.error);
  expect(turn.reply).toBe(scenario.includes('tokens=4') ? expectedReply(prompt) : '');
});

const TRIED_AGAIN = [
  ['fail status=408', 'timeout'],
  ['fail status=409', 'provider_error'],
  ['fail status=429', 'rate_limited'],
  ['fail status=429 retryAfter=1', 'rate_limited'],
  ['fail status=429 retryAfter=in:2', 'rate_limited'],
  ['fail status=429 retryAfter=-5', 'rate_limited'],
  ['fail status=429 retryAfter=soon', 'rate_limited'],
  ['fail status=500', 'provider_error'],
  ['fail status=502 page=1', 'provider_error'],
  ['fail status=503', 'overloaded'],
  ['fail status=529', 'overloaded'],
  ['silent', 'timeout'],
  ['silent-before-headers', 'timeout'],
  ['silent-middle after=4', 'timeout'],
  ['break after=0', 'provider_error'],
  ['break after=4', 'provider_error'],
  ['break after=4 reset=1', 'provider_error'],
  ['truncate after=4', 'cut_off'],
  ['truncate after=4 done=1', 'cut_off'],
  ['empty', 'empty_reply'],
  ['html', 'cut_off'],
  ['malformed after=4', 'provider_error'],
  ['inband-error after=0', 'provider_error'],
  ['inband-error after=4', 'provider_error'],
] as const;

test.concurrent.each(TRIED_AGAIN)('[LOG10] %s is tried three times, then the turn says %s', async (scenario, code) => {
  const prompt = `scenario:${scenario} vary=1 seed=311`;
  const { turn, waited } = await answered(prompt, { calls: 3 });
  expect(turn).toMatchObject({ status: 'failed', error: { code }, retry: null });
  expectReadable(turn.error);
  // While it waits for the next try, the page knows which it is, when, and why.
  for (const [at, row] of waited.entries()) {
    expect(row).toMatchObject({ status: 'running', error: null, retry: { code, tries: at + 1 } });
    expect(Date.parse(row.retry!.at)).toBeGreaterThan(Date.parse(row.startedAt!));
    expectReadable(row.retry);
  }
  // The text of each try is kept until the next one, and that of the last for good; a reset may have taken some along.
  for (const [at, { reply }] of [...waited, turn].entries()) {
    const whole = scenario.includes('after=4') ? expectedReply(prompt, { nth: at + 1, tokens: 4 }) : '';
    if (scenario.includes('reset=1')) expect(whole.startsWith(reply)).toBe(true);
    else expect(reply).toBe(whole);
  }
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
    const { turn } = await answered(prompt, { calls: 3 });
    const reply = expectedReply(prompt, { nth: 3 });
    expect(turn).toMatchObject({ status: 'completed', reply, error: null, retry: null });
  },
);

const ODD = [
  'one-byte',
  'split-utf8 tokens=60',
  'split-surrogates tokens=60',
  'burst tokens=200 unicode=1',
  'reasoning',
];

test.concurrent.each(ODD)('[API2] %s is odd and whole: one call, and the text is exact', async (scenario) => {
  const prompt = `scenario:${scenario} seed=331`;
  const { turn } = await answered(prompt, { calls: 1 });
  expect(turn).toMatchObject({ status: 'completed', reply: expectedReply(prompt), error: null });
});

test.concurrent('[ACT7] a server that nobody runs is told as such', async () => {
  const gone = await startModelEndpoint();
  await gone.close();
  const unreachable = await startParley({ env: { OPENAI_BASE_URL: gone.baseURL } });
  try {
    const { turnId } = await unreachable.user.send(v7(), 'hello');
    const turn = await unreachable.user.ended(turnId);
    expect(turn).toMatchObject({ status: 'failed', error: { code: 'unreachable' } });
    expectReadable(turn.error);
  } finally {
    await unreachable.close();
  }
});

test('[SEC5] after all of them no log holds a key, a page, a stack, or a word of the provider’s', () => {
  for (const { worker } of [patient, hasty]) {
    const logged = worker.logged();
    expect(logged).toContain('model call failed');
    expectNothingOfTheirs(logged);
    for (const words of ['The server had an error', 'Rate limit reached', 'engine is overloaded', 'does not exist'])
      expect(logged).not.toContain(words);
  }
});

/** The turn once it has ended after just so many calls, all of their sockets closed; and its row while it waited. */
async function answered(prompt: string, { calls }: { calls: 1 | 3 }): Promise<{ turn: Turn; waited: Turn[] }> {
  const { user, endpoint } = prompt.includes('silent') ? hasty : patient;
  const { turnId } = await user.send(v7(), prompt);
  const waited: Turn[] = [];
  for (let tries = 1; tries < calls; tries++) {
    waited.push(await user.when(turnId, ({ retry }) => retry?.tries === tries, 40_000));
  }
  const turn = await user.ended(turnId, 40_000);
  expect(turn.proof?.length).toBe(turn.reply.length);
  const made = await endpoint.until((all) => {
    const known = all.filter((call) => call.prompt === prompt);
    return known.every(({ closedAt }) => closedAt !== null) && known;
  });
  expect(made).toHaveLength(calls);
  // Nobody but the one who was named has been asked.
  expect(made.map(({ scenario }) => scenario)).not.toContain('elsewhere');
  return { turn, waited };
}

/** What a person may read of a failure: a sentence, and nothing of the provider's own. */
function expectReadable(error: TurnError | null): void {
  expect(error?.message).toMatch(/^[A-Z].{20,}[.?]$/s);
  expectNothingOfTheirs(JSON.stringify(error));
}

function expectNothingOfTheirs(told: string): void {
  for (const part of [KEY, KEY.slice(0, 8), KEY.slice(-4), '****']) expect(told).not.toContain(part);
  expect(
    told.match(/<\/?[a-z]+|\bat (async )?(\S+ )?\(?(file|node):|node_modules|.{0,30}Error:|chatcmpl/i)?.[0],
  ).toBeUndefined();
}
