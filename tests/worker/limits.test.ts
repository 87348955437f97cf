import { readFile } from 'node:fs/promises';
import { v7 } from 'uuid';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { LIMITS } from '#lib/protocol/limits.ts';
import type { Call } from '#tests/support/call-log.ts';
import { prepareParley, startParley, type Parley } from '#tests/support/parley.ts';
import { expectedReply } from '#tests/support/scenario-options.ts';
import { startWorkerProcess } from '#tests/support/worker-process.ts';

vi.setConfig({ testTimeout: 180_000 }); // 400,000 characters take their time on a machine that is busy

let parley: Parley;
/** With a window of about 750 tokens for what is told, so some 2,000 characters. */
let narrow: Parley;
beforeAll(async () => {
  [parley, narrow] = await Promise.all([startParley(), startParley({ env: { MODEL_CONTEXT_TOKENS: '1024' } })]);
});
afterAll(() => Promise.all([parley.close(), narrow.close()]));

test('[ACT9] an endless reply is cut at the limit, keeps its text and says so', async () => {
  const { user, endpoint } = parley;
  const prompt = 'scenario:steady tokens=90000 seed=801';
  const whole = expectedReply(prompt);
  expect(whole.length).toBeGreaterThan(LIMITS.replyLength);
  const { turnId } = await user.send(v7(), prompt);
  // Not by looking at the turn, all of whose text would be read again and again in this very process.
  const find = (calls: Call[]) => calls.find((known) => known.prompt === prompt && known.endedBy);
  expect((await endpoint.until(find, 120_000)).endedBy).toBe('client');
  const turn = await user.ended(turnId);
  expect(turn).toMatchObject({ status: 'failed', error: { code: 'reply_too_long' } });
  expect(turn.error?.message).toMatch(/cut/);
  expect(turn.reply.length).toBeGreaterThan(LIMITS.replyLength - 1_000);
  expect(turn.reply.length).toBeLessThanOrEqual(LIMITS.replyLength);
  expect(whole.startsWith(turn.reply)).toBe(true);
});

test('[ACT9] one event of 10 MB is cut at the limit too, and its worker is as well as before', async () => {
  const alone = await prepareParley();
  const worker = startWorkerProcess(alone.env);
  try {
    await worker.ready();
    const { user } = alone;
    const say = async (prompt: string) => user.ended((await user.send(v7(), prompt)).turnId, 60_000);
    await say('scenario:steady tokens=200 seed=812');
    const before = await memoryOf(worker.pid);
    const prompt = 'scenario:huge-event bytes=10000000 seed=811';
    const turn = await say(prompt);
    expect(turn).toMatchObject({ status: 'failed', error: { code: 'reply_too_long' } });
    expect(turn.reply.length).toBe(LIMITS.replyLength);
    expect(expectedReply(prompt).startsWith(turn.reply)).toBe(true);
    expect(await say('scenario:steady tokens=200 seed=813')).toMatchObject({ status: 'completed' });
    const after = await memoryOf(worker.pid);
    console.log('worker’s memory around an event of 10 MB, in MB:', before, after);
    // Some copies of the event, as bytes, text and JSON, and no more.
    if (before && after) expect(after.peak - before.now).toBeLessThan(400);
  } finally {
    await worker.close();
    await alone.close();
  }
});

/** Resident memory in MB, as Linux tells it; null elsewhere. */
async function memoryOf(pid: number): Promise<{ now: number; peak: number } | null> {
  if (process.platform !== 'linux') return null;
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const of = (name: string) => Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1_024);
  return { now: of('VmRSS'), peak: of('VmHWM') };
}

test('[ACT9] [LOG5] a pair of surrogates that stands across the limit is left out whole', async () => {
  const { user, endpoint } = parley;
  const prompt = 'scenario:burst tokens=113000 unicode=1 seed=864';
  const whole = expectedReply(prompt);
  expect(whole.slice(0, LIMITS.replyLength).isWellFormed()).toBe(false);
  const { turnId } = await user.send(v7(), prompt);
  await endpoint.until((calls) => calls.find((known) => known.prompt === prompt && known.endedBy), 50_000);
  const turn = await user.ended(turnId);
  expect(turn).toMatchObject({ status: 'failed', error: { code: 'reply_too_long' } });
  expect(turn.reply === whole.slice(0, LIMITS.replyLength - 1)).toBe(true);
});

test('a piece of 300,000 characters arrives whole', async () => {
  const { user } = parley;
  const prompt = 'scenario:huge-event bytes=300000 seed=821';
  const turn = await user.ended((await user.send(v7(), prompt)).turnId);
  expect(turn.status).toBe('completed');
  expect(turn.reply === expectedReply(prompt)).toBe(true);
});

test('[CTX3] the oldest whole turns are left out where the window ends, and the turn says how many', async () => {
  const { user, endpoint } = narrow;
  const conversation = v7();
  const prompts = [831, 832, 833, 834].map((seed) => `scenario:burst tokens=120 seed=${seed}`);
  const turns = [];
  for (const prompt of prompts) turns.push(await user.ended((await user.send(conversation, prompt)).turnId));
  const told = async (prompt: string) =>
    (await endpoint.callsOf(prompt))[0]!.body.messages
      .filter(({ role }) => role === 'user')
      .map(({ content }) => content);
  expect(await told(prompts[1]!)).toEqual(prompts.slice(0, 2));
  const [third, fourth] = await Promise.all([told(prompts[2]!), told(prompts[3]!)]);
  // What is told is the end of the line, without holes, and what the turn says was left out is the rest of it.
  for (const [at, shown] of [
    [2, third],
    [3, fourth],
  ] as const) {
    expect(shown).toEqual(prompts.slice(0, at + 1).slice(-shown.length));
    expect(turns[at]!.omittedTurns).toBe(at + 1 - shown.length);
  }
  expect(turns.slice(0, 2).map(({ omittedTurns }) => omittedTurns)).toEqual([0, 0]);
  expect(turns[3]!.omittedTurns).toBeGreaterThan(0);
  expect(turns[3]!.status).toBe('completed');
});

test('[CTX3] a prompt that does not fit alone fails before the call, in words', async () => {
  const { user, endpoint } = narrow;
  const prompt = `scenario:steady seed=841 ${'long '.repeat(1_000)}`;
  const turn = await user.ended((await user.send(v7(), prompt)).turnId);
  expect(turn).toMatchObject({ status: 'failed', error: { code: 'prompt_too_long' }, reply: '' });
  expect(turn.error?.message).toMatch(/too long/);
  expect(await endpoint.callsOf(prompt)).toEqual([]);
});

test('[CTX2] every kind of cut reply is told as such, and user messages never stand together', async () => {
  const { user, endpoint } = parley;
  const conversation = v7();
  const say = async (prompt: string) => (await user.send(conversation, prompt)).turnId;
  const held = (prompt: string) => endpoint.until((calls) => calls.find((call) => call.prompt === prompt && call.held));

  const failed = await user.ended(await say('scenario:length tokens=4 seed=851'));
  const refused = await user.ended(await say('scenario:model-not-found seed=852'));
  const stoppedPrompt = 'scenario:hold after=3 seed=853';
  const stopped = await say(stoppedPrompt);
  await held(stoppedPrompt);
  await user.when(stopped, ({ reply }) => reply === expectedReply(stoppedPrompt, { tokens: 3 }));
  await user.stop(conversation, stopped);
  const silentPrompt = 'scenario:gate-first seed=854';
  const silent = await say(silentPrompt);
  await held(silentPrompt);
  const takenBack = await say('scenario:steady seed=855');
  await user.stop(conversation, takenBack);
  await user.stop(conversation, silent);
  const last = 'scenario:steady tokens=3 seed=856';
  await user.ended(await say(last));

  const [call] = await endpoint.callsOf(last);
  const messages = call!.body.messages.map(({ role, content }) => ({ role, content: String(content) }));
  expect(messages.map(({ role }) => role)).toEqual([...Array(4).fill(['user', 'assistant']).flat(), 'user']);
  expect(messages.filter(({ role }) => role === 'user').map(({ content }) => content.slice(-8))).toEqual(
    [851, 852, 853, 854, 856].map((seed) => `seed=${seed}`),
  );
  const [afterFailed, afterRefused, afterStopped, afterSilent] = messages
    .filter(({ role }) => role === 'assistant')
    .map(({ content }) => content);
  expect(afterFailed!.startsWith(failed.reply)).toBe(true);
  expect(failed.reply).not.toBe('');
  expect(afterFailed!.slice(failed.reply.length)).toMatch(/failed/i);
  expect(refused.reply).toBe('');
  expect(afterRefused).toMatch(/^\[.*failed.*\]$/i);
  expect(afterStopped!.startsWith(expectedReply(stoppedPrompt, { tokens: 3 }))).toBe(true);
  expect(afterStopped).toMatch(/stopped.*\]$/i);
  expect(afterSilent).toMatch(/^\[.*stopped.*\]$/i);
});
