import { createOpenAI } from '@ai-sdk/openai';
import { streamText } from 'ai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { assistant, complete, post, streamChat, user, type Chunk } from './chat-client.ts';
import { READY_MS, startReadyModel, type ModelProcess } from './model-process.ts';

let model: ModelProcess;
beforeAll(async () => {
  model = await startReadyModel();
}, READY_MS);
afterAll(() => model.stop());

/** Always the same words, so that whole answers can be compared. */
const EXACT = { temperature: 0, max_tokens: 40 };
const QUESTION = [user('List five fruits.')];

async function streamed(messages: Parameters<typeof streamChat>[1], options: object = {}) {
  const events: (Chunk | '[DONE]')[] = [];
  for await (const event of streamChat(model.base, messages, options).events) events.push(event);
  const chunks = events.filter((event) => event !== '[DONE]');
  const deltas = chunks.flatMap((chunk) => chunk.choices[0]?.delta.content ?? []).filter((text) => text !== '');
  return { events, chunks, deltas, text: deltas.join('') };
}

test('[EM1] health and the list of models name the model that answers', async () => {
  expect(await model.health()).toEqual({
    status: 'ok',
    model: 'SmolLM2-135M-Instruct',
    contextTokens: 2048,
    maxNewTokens: 512,
  });
  const list = (await (await fetch(`${model.base}/v1/models`)).json()) as { data: { id: string }[] };
  expect(list.data.map(({ id }) => id)).toEqual(['SmolLM2-135M-Instruct']);
});

test('[EM2] a stream begins with the role, ends with the reason, the usage and [DONE]', async () => {
  const { events, chunks, deltas } = await streamed(QUESTION, EXACT);
  expect(chunks[0]?.choices[0]?.delta.role).toBe('assistant');
  expect(deltas.length).toBeGreaterThan(5);
  expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('stop');
  const usage = chunks.at(-1)?.usage;
  expect(usage?.total_tokens).toBe((usage?.prompt_tokens ?? 0) + (usage?.completion_tokens ?? 0));
  expect(events.at(-1)).toBe('[DONE]');
});

test('[EM2] streamed and in one piece the answer is the same', async () => {
  const { text } = await streamed(QUESTION, EXACT);
  const whole = await complete(model.base, QUESTION, EXACT);
  expect(whole.choices[0]).toEqual({ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' });
  expect(text).toContain('1. ');
});

test('[EM2] max_tokens cuts the answer and says so', async () => {
  const { choices, usage } = await complete(model.base, QUESTION, { ...EXACT, max_tokens: 4 });
  expect(choices[0]?.finish_reason).toBe('length');
  expect(usage.completion_tokens).toBe(4);
});

test('[EM2] a seed gives the same words again', async () => {
  const seeded = { seed: 7, temperature: 1, max_tokens: 20 };
  const one = await complete(model.base, [user('Tell me a story.')], seeded);
  expect((await complete(model.base, [user('Tell me a story.')], seeded)).choices).toEqual(one.choices);
});

test('[EM2] the AI SDK reads it as it reads any OpenAI-compatible server', async () => {
  const provider = createOpenAI({ baseURL: `${model.base}/v1`, apiKey: 'none' });
  const result = streamText({
    model: provider.chat('SmolLM2-135M-Instruct'),
    prompt: 'List five fruits.',
    temperature: 0,
    maxOutputTokens: 40,
    maxRetries: 0,
  });
  expect(await result.text).toBe((await complete(model.base, QUESTION, EXACT)).choices[0]?.message.content);
  expect(await result.finishReason).toBe('stop');
  expect((await result.usage).inputTokens).toBeGreaterThan(20);
});

test('[EM8] a last message of the assistant goes on where it ends', async () => {
  const whole = (await complete(model.base, QUESTION, EXACT)).choices[0]?.message.content ?? '';
  const begun = whole.slice(0, whole.indexOf('\n2.'));
  const rest = (await complete(model.base, [...QUESTION, assistant(begun)], EXACT)).choices[0]?.message.content ?? '';
  expect(begun.length).toBeGreaterThan(0);
  expect(rest.trimStart().startsWith('2.')).toBe(true);
});

test('[EM8] wherever it is cut between two deltas, what follows makes the same text', async () => {
  const { deltas, text } = await streamed(QUESTION, EXACT);
  for (let cut = 1; cut < deltas.length; cut++) {
    const begun = deltas.slice(0, cut).join('');
    // So many tokens as were left: every delta here is one.
    const { text: rest } = await streamed([...QUESTION, assistant(begun)], { ...EXACT, max_tokens: 40 - cut });
    expect(begun + rest).toBe(text);
  }
}, 120_000);

test('[EM8] what was there holds repetition down as if it had just been written', async () => {
  const repeating = [user('Write the word hello again and again, a hundred times.')];
  const { deltas, text } = await streamed(repeating, { ...EXACT, max_tokens: 60 });
  for (const cut of [15, 30, 45]) {
    const begun = deltas.slice(0, cut).join('');
    const options = { ...EXACT, max_tokens: deltas.length - cut };
    expect(begun + (await streamed([...repeating, assistant(begun)], options)).text).toBe(text);
  }
}, 120_000);

test('[EM6] no delta holds half a character', async () => {
  const { deltas, text } = await streamed(
    [user('Say hello in Japanese, Chinese, Arabic and Hindi, with many emoji 👩‍👩‍👧 🏳️‍🌈.')],
    { seed: 3, max_tokens: 200 },
  );
  expect(/\p{Script=Han}|\p{Script=Kana}|\p{Script=Arab}|\p{Emoji_Presentation}/u.test(text)).toBe(true);
  for (const delta of deltas) {
    expect(delta.isWellFormed()).toBe(true);
    expect(delta).not.toContain('\uFFFD');
  }
});

test('two answers at once both come whole', async () => {
  const alone = (await complete(model.base, QUESTION, EXACT)).choices[0]?.message.content;
  const other = [user('List five colours.')];
  const [one, two] = await Promise.all([streamed(QUESTION, EXACT), streamed(other, EXACT)]);
  expect(one.text).toBe(alone);
  expect(two.text).toBe((await complete(model.base, other, EXACT)).choices[0]?.message.content);
});

test('parts of text are read as one text', async () => {
  const parts = {
    role: 'user',
    content: [
      { type: 'text', text: 'List five ' },
      { type: 'text', text: 'fruits.' },
    ],
  };
  const response = await post(model.base, '/v1/chat/completions', { messages: [parts], ...EXACT });
  expect(((await response.json()) as { choices: unknown }).choices).toEqual(
    (await complete(model.base, QUESTION, EXACT)).choices,
  );
});
