import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ModelMessage } from 'ai';
import type { TranscriptTurn } from '#lib/store/transcript.ts';
import { contextFor } from '#worker/model/context.ts';

/** One token for each character, and two for each message. */
const countTokens = async (messages: ModelMessage[]) =>
  messages.reduce((sum, { content }) => sum + String(content).length + 2, 0);
const model = (contextTokens = 100_000, replyTokens = 10) => ({ contextTokens, replyTokens, countTokens });

/** As the store tells them: the nearest first. */
async function* nearestFirst(turns: TranscriptTurn[]) {
  yield* turns.toReversed();
}
const turn = (id: string, fields: Partial<TranscriptTurn> = {}): TranscriptTurn => ({
  id,
  prompt: `prompt ${id}`,
  reply: `reply ${id}`,
  status: 'completed',
  begun: true,
  ...fields,
});
const told = async (turns: TranscriptTurn[], window = model()) =>
  contextFor({ prompt: 'now', before: nearestFirst(turns), model: window });
const answers = ({ messages }: { messages: ModelMessage[] }) =>
  messages.flatMap(({ role, content }) => (role === 'assistant' ? [String(content)] : []));

test('[CTX1] it is the path from the root, oldest first, and the prompt last', async () => {
  expect(await told([turn('a'), turn('b')])).toEqual({
    cutBefore: null,
    begunTokens: 0,
    messages: [
      { role: 'user', content: 'prompt a' },
      { role: 'assistant', content: 'reply a' },
      { role: 'user', content: 'prompt b' },
      { role: 'assistant', content: 'reply b' },
      { role: 'user', content: 'now' },
    ],
  });
});

test('[CTX2] a whole reply has no marker, one that is not whole has its own', async () => {
  const cut = (['stopped', 'interrupted', 'failed'] as const).map((status) => turn(status, { status }));
  const replies = answers(await told([turn('completed'), ...cut]));
  expect(replies[0]).toBe('reply completed');
  for (const [at, word] of ['stopped', 'interrupted', 'failed'].entries()) {
    expect(replies[at + 1]).toMatch(new RegExp(`^reply ${word}\\s+\\[.*${word}.*\\]$`));
  }
});

test('[CTX2] without text the marker stands alone, so that prompts never meet', async () => {
  for (const status of ['stopped', 'interrupted', 'failed'] as const) {
    const [reply] = answers(await told([turn('a', { status, reply: '' })]));
    expect(reply).toMatch(new RegExp(`^\\[.*${status}.*\\]$`));
  }
});

test('[CTX2] only a turn stopped before it began is left out', async () => {
  const before = { reply: '', begun: false } as const;
  const kept = await told([
    turn('a', { ...before, status: 'stopped' }),
    turn('b', { ...before, status: 'interrupted' }),
    turn('c', { ...before, status: 'failed' }),
  ]);
  const prompts = kept.messages.filter(({ role }) => role === 'user').map(({ content }) => content);
  expect(prompts).toEqual(['prompt b', 'prompt c', 'now']);
});

test('[CTX3] the oldest whole turns are left out, and none before one that is', async () => {
  const large = turn('b', { reply: 'x'.repeat(300) });
  const shown = await told([turn('a'), large, turn('c')], model(200));
  expect(shown.cutBefore).toBe('b');
  expect(answers(shown)).toEqual(['reply c']);
});

test('[CTX3] what is kept free for the reply is not filled', async () => {
  const exact = await countTokens((await told([turn('a')])).messages);
  expect((await told([turn('a')], model(exact + 50, 50))).cutBefore).toBeNull();
  expect((await told([turn('a')], model(exact + 49, 50))).cutBefore).toBe('a');
});

test('[CTX3] a prompt that does not fit alone is refused before the call', async () => {
  const asking = contextFor({ prompt: 'long '.repeat(50), before: nearestFirst([]), model: model(200, 10) });
  await expect(asking).rejects.toMatchObject({ error: { code: 'prompt_too_long' }, retries: false, pauses: false });
});

describe('[CTX4] a begun reply', () => {
  const window = { prompt: 'now', before: nearestFirst([]) };
  // The prompt is 5 tokens; 80 are kept free for the reply, and 10 of them for the rest of it.
  const continued = (begun: string, contextTokens: number, turns: TranscriptTurn[] = []) =>
    contextFor({ ...window, begun, before: nearestFirst(turns), model: model(contextTokens, 80) });

  test('stands last, and is part of what is kept free for the reply', async () => {
    const { messages, begunTokens, cutBefore } = await continued('x'.repeat(60), 85 + 18, [turn('a')]);
    expect(messages.at(-1)).toEqual({ role: 'assistant', content: 'x'.repeat(60) });
    expect([messages.length, begunTokens, cutBefore]).toEqual([2, 62, 'a']);
    expect((await continued('x'.repeat(60), 85 + 19 + 2, [turn('a')])).messages).toHaveLength(4);
  });

  test('makes older turns go when it is longer', async () => {
    const [short, long] = [
      await continued('x'.repeat(60), 110, [turn('a')]),
      await continued('x'.repeat(80), 110, [turn('a')]),
    ];
    expect([short.cutBefore, long.cutBefore]).toEqual([null, 'a']);
    expect(long.messages.map(({ role }) => role)).toEqual(['user', 'assistant']);
  });

  test('that leaves no rest is not continued: the prompt stands last, with all that fits before it', async () => {
    const { messages, begunTokens } = await continued('x'.repeat(100), 116, [turn('a')]);
    expect(begunTokens).toBe(0);
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
    expect((await continued('x'.repeat(100), 117)).begunTokens).toBe(102);
  });
});

test('turns that do not fit are not even read', async () => {
  let read = 0;
  async function* many() {
    while (read < 1_000) yield turn(`t${(read += 1)}`);
  }
  const { messages } = await contextFor({ prompt: 'now', before: many(), model: model(300, 10) });
  expect(read).toBeLessThan(20);
  expect(messages.length).toBeGreaterThan(2);
});

test('[CTX2] [CTX3] whatever came before: it fits, roles alternate, it begins with a user and ends with the prompt', async () => {
  const turns = fc.array(
    fc.record({
      id: fc.uuid(),
      prompt: fc.string({ minLength: 1, maxLength: 30 }),
      reply: fc.string({ maxLength: 60 }),
      status: fc.constantFrom('completed' as const, 'stopped' as const, 'interrupted' as const, 'failed' as const),
      begun: fc.boolean(),
    }),
    { maxLength: 12 },
  );
  await fc.assert(
    fc.asyncProperty(turns, fc.integer({ min: 60, max: 600 }), async (before, window) => {
      const { messages } = await told(before, model(window, 10));
      expect(await countTokens(messages)).toBeLessThanOrEqual(window - 10);
      expect(messages.map(({ role }) => role)).toEqual(messages.map((_, at) => (at % 2 === 0 ? 'user' : 'assistant')));
      expect(messages.at(-1)).toEqual({ role: 'user', content: 'now' });
      for (const { content } of messages) expect(content).not.toBe('');
    }),
  );
});

test('[SET1] instructions count in the window, with every call', async () => {
  const context = (instructions: string) =>
    contextFor({ prompt: 'now', instructions, before: nearestFirst([turn('a')]), model: model(50) });
  expect((await context('')).cutBefore).toBeNull();
  expect((await context('Answer briefly.')).cutBefore).toBe('a');
  await expect(context('Answer briefly, and in the words of a lighthouse.')).rejects.toThrow('prompt_too_long');
});
