import { describe, expect, test } from 'vitest';
import type { TurnEvent } from '#lib/protocol/event.ts';
import { LIMITS } from '#lib/protocol/limits.ts';
import { resetStep, startStep, text, textEnd, textStart, reasoning, reasoningStart } from '#tests/protocol/events.ts';
import { expectedReply } from '#tests/support/scenario-options.ts';
import { prepareStreaming, type StreamingOptions } from './streaming.ts';

const CONTINUES: StreamingOptions = { env: { MODEL_CONTINUES: '1' } };
const at = prepareStreaming();

const begun = (words: string, id = '0'): TurnEvent[] => [startStep(), textStart(id), text(words, id)];
const typesOf = (events: TurnEvent[]) => events.map(({ chunk }) => chunk.type);
const COMPLETED = { kind: 'ended', outcome: 'completed' };

/** A turn of which an attempt that is gone has left these events, and what the next one makes of it. */
async function after(prompt: string, left: TurnEvent[], options = CONTINUES) {
  const scene = await at.streaming(prompt, options);
  await scene.left(1, left);
  const stream = await scene.attempt(2);
  return { ...scene, result: await stream.result, calls: await at.endpoint.callsOf(prompt) };
}

describe('[ACT10] a second attempt continues its step', () => {
  test('wherever the text ends: what follows it is appended to the same part, and nothing is lost or doubled', async () => {
    const prompt = 'scenario:burst unicode=1 continues=1 tokens=40 seed=9001';
    const whole = expectedReply(prompt);
    for (let k = 1; k < whole.length; k++) {
      const asked = `${prompt} (${k})`;
      const left = whole.slice(0, k);
      // By another id than the SDK gives: it begins anew with each call.
      const { result, turn, events, calls } = await after(asked, begun(left, 'first'));
      expect(result).toEqual(COMPLETED);
      expect((await turn()).reply).toBe(whole);
      // Half a character cannot be sent: there alone it begins again.
      const isSent = left.isWellFormed();
      expect(typesOf(await events()).filter((type) => type === 'reset-step')).toHaveLength(isSent ? 0 : 1);
      expect(typesOf(await events()).filter((type) => type === 'text-start')).toHaveLength(isSent ? 1 : 2);
      const last = calls[0]!.body.messages.at(-1)!;
      expect(last.role).toBe(isSent ? 'assistant' : 'user');
      if (isSent) expect(last.content).toBe(left);
    }
  });

  test('a pair cut in two by the provider is whole after it broke off between the halves', async () => {
    const prompt = 'scenario:split-surrogates continues=1 tokens=80 seed=9011';
    const whole = expectedReply(prompt);
    const pair = /[\ud800-\udbff]/.exec(whole)!.index;
    const { result, turn } = await after(prompt, begun(whole.slice(0, pair)));
    expect(result).toEqual(COMPLETED);
    expect((await turn()).reply).toBe(whole);
  });

  test('after a provider’s failure: text goes on, and each failure is a try', async () => {
    for (const how of ['break', 'truncate', 'truncate done=1', 'malformed', 'inband-error']) {
      const prompt = `scenario:${how} continues=1 unicode=1 after=6 times=2 tokens=40 seed=9021`;
      const { attempt, turn, events } = await at.streaming(prompt, CONTINUES);
      for (const tries of [1, 2]) {
        expect((await (await attempt(tries)).result).kind).toBe('again');
        expect(await turn()).toMatchObject({ reply: expectedReply(prompt, { tokens: 6 * tries }), retry: { tries } });
      }
      expect(await (await attempt(3)).result).toEqual(COMPLETED);
      expect((await turn()).reply).toBe(expectedReply(prompt));
      const types = typesOf(await events());
      expect(types.filter((type) => type !== 'text-delta')).toEqual([
        'start-step',
        'text-start',
        'text-end',
        'finish-step',
      ]);
    }
  });

  test('[LOG10] the third failure ends the turn with all that came', async () => {
    const prompt = 'scenario:break continues=1 after=6 tokens=40 seed=9031';
    const { attempt, turn } = await at.streaming(prompt, CONTINUES);
    for (const tries of [1, 2]) expect((await (await attempt(tries)).result).kind).toBe('again');
    expect(await (await attempt(3)).result).toEqual({ kind: 'ended', outcome: 'failed' });
    expect((await turn()).reply).toBe(expectedReply(prompt, { tokens: 18 }));
  });
});

describe('[LOG6] [MOD4] the step begins again', () => {
  const cases: [string, string, (words: string) => TurnEvent[], { env: Record<string, string> }?][] = [
    ['the server is not known to continue', 'user', begun, { env: {} }],
    ['the environment says that it does not', 'user', begun, { env: { MODEL_CONTINUES: '0' } }],
    [
      'there is reasoning too',
      'user',
      (words) => [startStep(), reasoningStart(), reasoning('hm'), ...begun(words).slice(1)],
    ],
    ['the part is closed', 'user', (words) => [...begun(words), textEnd()]],
    ['there is a second part', 'user', (words) => [...begun(words), textStart('1'), text('x', '1')]],
    ['there is white space alone', 'user', () => begun(' \n')],
    ['it has no text', 'user', () => begun('')],
  ];
  test.each(cases)('where %s', async (why, role, left, options) => {
    const prompt = `scenario:burst continues=1 tokens=12 seed=9041 ${why}`;
    const { result, turn, events, calls } = await after(prompt, left(expectedReply(prompt, { tokens: 4 })), options);
    expect(result).toEqual(COMPLETED);
    expect((await turn()).reply).toBe(expectedReply(prompt));
    expect(await events()).toContainEqual(resetStep());
    expect(calls[0]!.body.messages.at(-1)!.role).toBe(role);
  });

  test('[CTX4] where the window has no room for the begun reply and a rest of it', async () => {
    // About 256 tokens of three bytes, 64 of them kept free for the reply.
    const env = { MODEL_CONTINUES: '1', MODEL_CONTEXT_TOKENS: '256' };
    const lengths = { 'goes on': 300, 'begins again': 700 };
    for (const [what, length] of Object.entries(lengths)) {
      const prompt = `scenario:burst continues=1 tokens=200 seed=9051 ${what}`;
      const { result, turn, events } = await after(prompt, begun(expectedReply(prompt).slice(0, length)), { env });
      expect(result).toEqual(COMPLETED);
      expect((await turn()).reply).toBe(expectedReply(prompt));
      expect(typesOf(await events()).includes('reset-step')).toBe(what === 'begins again');
    }
  });
});

test('[ACT11] a call that adds nothing completes the reply', async () => {
  const prompt = 'scenario:burst continues=1 tokens=12 seed=9061';
  const whole = expectedReply(prompt);
  const { result, turn, events } = await after(prompt, begun(whole));
  expect(result).toEqual(COMPLETED);
  expect(await turn()).toMatchObject({ status: 'completed', reply: whole, error: null });
  expect((await turn()).parts).toEqual([{ type: 'step-start' }, { type: 'text', text: whole, state: 'done' }]);
  expect(typesOf(await events()).filter((type) => type !== 'text-end')).toEqual([
    'start-step',
    'text-start',
    'text-delta',
    'finish-step',
  ]);
});

test('[ACT11] what was there before counts as output, not as input', async () => {
  const prompt = 'scenario:burst continues=1 tokens=60 seed=9071';
  const whole = expectedReply(prompt);
  const cut = await after(prompt, begun(expectedReply(prompt, { tokens: 30 })));
  const { usage } = await cut.turn();
  const asked = cut.calls[0]!.body.messages.map(({ content }) => String(content).split(/\s+/).length);
  // The endpoint counts words, the estimate for an unknown server counts bytes: their sum is the provider's own.
  expect(usage!.inputTokens! + usage!.outputTokens!).toBe(asked[0]! + asked[1]! + 30);
  expect(usage!.outputTokens).toBeGreaterThan(30);
  expect(usage!.inputTokens).toBeLessThan(asked[0]! + asked[1]!);
  expect((await cut.turn()).reply).toBe(whole);
});

test('[ACT9] the text that was there counts in the limit on a reply', async () => {
  const prompt = 'scenario:burst continues=1 tokens=90000 seed=9081';
  const whole = expectedReply(prompt);
  const env = { MODEL_CONTINUES: '1', MODEL_CONTEXT_TOKENS: '1000000' };
  const { result, turn, calls } = await after(prompt, begun(whole.slice(0, 200_000)), { env });
  expect(calls[0]!.body.messages.at(-1)!.role).toBe('assistant');
  expect(result).toEqual({ kind: 'ended', outcome: 'failed' });
  expect((await turn()).error?.code).toBe('reply_too_long');
  expect((await turn()).reply).toBe(whole.slice(0, LIMITS.replyLength));
});
