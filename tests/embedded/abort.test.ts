import { afterAll, beforeAll, expect, test } from 'vitest';
import { complete, longPrompt, streamChat, user } from './chat-client.ts';
import { READY_MS, startReadyModel, type ModelProcess } from './model-process.ts';

let model: ModelProcess;
beforeAll(async () => {
  model = await startReadyModel();
}, READY_MS);
afterAll(() => model.stop());

/** This prompt fills the whole 512 tokens: the answer is still running when the others act. */
const story = (about: string) =>
  streamChat(model.base, [user(`Write a very long story about ${about}.`)], { temperature: 0 });

test('[EM4] a closed socket ends the answer: a third request gets its slot while the second still writes', async () => {
  const first = story('a king');
  const second = story('a queen');
  await Promise.all([first.firstText(), second.firstText()]);
  let written = 0;
  const reading = (async () => {
    for await (const _ of second.events) written++;
  })().catch((error: unknown) => {
    // It is left below, and its reading ends so; any other end is a failure.
    if (!(error instanceof Error && error.name === 'AbortError')) throw error;
  });
  const third = streamChat(model.base, [user('Hello!')]);
  first.leave();
  await third.firstText();
  // Both stories are about 512 tokens long: had the third waited for the first one's end, the second were near its own.
  expect(written).toBeLessThan(256);
  third.leave();
  second.leave();
  await reading;
});

test('[EM4] a client that leaves the line is forgotten', async () => {
  const first = story('a king');
  const second = story('a queen');
  await Promise.all([first.firstText(), second.firstText()]);
  const impatient = streamChat(model.base, [longPrompt('impatient')]);
  // The role comes while it waits.
  await impatient.events.next();
  const patient = streamChat(model.base, [user('Hello!')]);
  await patient.events.next();
  impatient.leave();
  second.leave();
  await patient.firstText();
  patient.leave();
  first.leave();
});

test('[EM4] a closed socket ends the reading of a long prompt', async () => {
  const other = story('a king');
  await other.firstText();
  // The other slot is taken, so both of these use the same one.
  const reading = streamChat(model.base, [longPrompt('long')]);
  await reading.events.next();
  reading.leave();
  const { usage } = await complete(model.base, [longPrompt('long')], { max_tokens: 1 });
  expect(usage.prompt_tokens).toBeGreaterThan(1_700);
  expect(usage.prompt_tokens_details.cached_tokens).toBeLessThan(usage.prompt_tokens / 2);
  other.leave();
}, 60_000);
