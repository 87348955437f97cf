import { v7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startParley, type Parley } from '#tests/support/parley.ts';
import { expectedReply } from '#tests/support/scenario-options.ts';

let parley: Parley;
beforeAll(async () => {
  parley = await startParley();
});
afterAll(() => parley.close());

const endedCall = (prompt: string) =>
  parley.endpoint.until((calls) => calls.find((call) => call.prompt === prompt && call.endedBy));
const begunCall = (prompt: string) => parley.endpoint.until((calls) => calls.find((call) => call.prompt === prompt));

/** A turn that streams for ever, once some of its text is in the store. */
async function streaming(seed: number, conversation = v7()) {
  const prompt = `scenario:endless rate=300 seed=${seed}`;
  const { turnId } = await parley.user.send(conversation, prompt);
  await parley.user.when(turnId, ({ reply }) => reply.length > 100);
  return { conversation, prompt, turnId };
}

test('[STOP1] no text arrives after a Stop, and the provider’s socket is closed', async () => {
  const { user } = parley;
  const { conversation, prompt, turnId } = await streaming(101);
  const answered = await user.stop(conversation, turnId);
  expect(answered.status).toBe('stopped');
  const call = await endedCall(prompt);
  expect(call.endedBy).toBe('client');
  // A turn more through the same workflow: whatever the stopped step still had to write, it has had its time.
  const next = await user.send(conversation, 'scenario:steady tokens=3 seed=102');
  expect((await user.ended(next.turnId)).status).toBe('completed');
  expect(await user.turn(turnId)).toEqual(answered);
  const sent = expectedReply(prompt, { tokens: call.tokensSent });
  expect(answered.reply.length).toBeGreaterThan(100);
  expect(sent.startsWith(answered.reply)).toBe(true);
  expect(answered.proof?.length).toBe(answered.reply.length);
});

test('[STOP2] a Stop that Temporal is not told of closes the provider’s socket', async () => {
  const { user, endpoint } = parley;
  const flowing = await streaming(111);
  await user.stop(flowing.conversation, flowing.turnId, { signal: false });
  expect((await endedCall(flowing.prompt)).endedBy).toBe('client');

  const conversation = v7();
  const prompt = 'scenario:gate-first seed=112';
  const { turnId } = await user.send(conversation, prompt);
  await endpoint.until((calls) => calls.some((call) => call.prompt === prompt && call.held));
  await user.stop(conversation, turnId, { signal: false });
  expect((await endedCall(prompt)).endedBy).toBe('client');
});

test('[OB3] a Stop whose signal was lost frees the workflow all the same, in the pause before another try too', async () => {
  const { user } = parley;
  const conversation = v7();
  const { turnId } = await user.send(conversation, 'scenario:fail status=503 retryAfter=25 seed=121');
  const waiting = await user.send(conversation, 'scenario:steady tokens=3 seed=122');
  await user.when(turnId, ({ retry }) => retry !== null);
  await user.stop(conversation, turnId, { signal: false });
  expect((await user.ended(waiting.turnId, 15_000)).status).toBe('completed');
});

test('a Stop before the first token leaves an empty reply, and no text comes later', async () => {
  const { user, endpoint } = parley;
  const conversation = v7();
  const prompt = 'scenario:gate-first seed=131';
  const { turnId } = await user.send(conversation, prompt);
  await endpoint.until((calls) => calls.some((call) => call.prompt === prompt && call.held));
  const answered = await user.stop(conversation, turnId);
  expect(answered).toMatchObject({ status: 'stopped', reply: '' });
  expect((await endedCall(prompt)).endedBy).toBe('client');
  await endpoint.release(prompt);
  const next = await user.send(conversation, 'scenario:steady tokens=3 seed=132');
  await user.ended(next.turnId);
  expect(await user.turn(turnId)).toEqual(answered);
});

test('a Stop of a waiting turn: the model is never asked, and what stands behind it goes on', async () => {
  const { user, endpoint } = parley;
  const { conversation, turnId } = await streaming(141);
  const stopped = await user.send(conversation, 'scenario:steady tokens=3 seed=142');
  const behind = await user.send(conversation, 'scenario:steady tokens=3 seed=143');
  expect(await user.stop(conversation, stopped.turnId)).toMatchObject({ status: 'stopped', reply: '' });
  expect((await user.turn(turnId)).status).toBe('running');
  await user.stop(conversation, turnId);
  expect((await user.ended(behind.turnId)).status).toBe('completed');
  expect(await endpoint.callsOf('scenario:steady tokens=3 seed=142')).toEqual([]);
});

test('[STOP3] a Stop in the pause before another try: no more tries, and what waits goes on at once', async () => {
  const { user, endpoint } = parley;
  const conversation = v7();
  const prompt = 'scenario:fail status=503 retryAfter=25 seed=151';
  const { turnId } = await user.send(conversation, prompt);
  const waiting = await user.send(conversation, 'scenario:steady tokens=3 seed=152');
  const paused = await user.when(turnId, ({ retry }) => retry !== null);
  expect(paused.retry).toMatchObject({ code: 'overloaded', tries: 1 });
  expect(await user.stop(conversation, turnId)).toMatchObject({ status: 'stopped', retry: null });
  // The pause would have lasted longer than this waits.
  expect((await user.ended(waiting.turnId, 10_000)).status).toBe('completed');
  expect(await endpoint.callsOf(prompt)).toHaveLength(1);
});

test('[ROW3] a second Stop changes nothing, and one of an ended turn neither', async () => {
  const { user } = parley;
  const { conversation, turnId } = await streaming(161);
  const [first, second] = await Promise.all([user.stop(conversation, turnId), user.stop(conversation, turnId)]);
  expect(second).toEqual(first);
  expect(await user.stop(conversation, turnId)).toEqual(first);
  const next = await user.send(conversation, 'scenario:steady tokens=3 seed=162');
  const completed = await user.ended(next.turnId);
  expect(await user.stop(conversation, next.turnId)).toEqual(completed);
  await user.temporal.requestStop(conversation, next);
  expect(await user.turn(next.turnId)).toEqual(completed);
});

test('[IJ4] a late Stop signal of an ended turn does not cut the one that runs', async () => {
  const { user, endpoint } = parley;
  const { conversation, turnId } = await streaming(171);
  await user.stop(conversation, turnId);
  const prompt = 'scenario:hold after=2 tokens=9 seed=172';
  const next = await user.send(conversation, prompt);
  await endpoint.until((calls) => calls.some((call) => call.prompt === prompt && call.held));
  await user.temporal.requestStop(conversation, { turnId });
  await endpoint.release(prompt);
  expect(await user.ended(next.turnId)).toMatchObject({ status: 'completed', reply: expectedReply(prompt) });
  expect(await endpoint.callsOf(prompt)).toHaveLength(1);
});

test('[STOP4] a Stop that overtakes its own send holds: the turn begins stopped, the model is never asked', async () => {
  const { user, endpoint } = parley;
  const { conversation, prompt, turnId: running } = await streaming(181);
  const turnId = v7();
  expect((await user.stop(conversation, turnId)).status).toBe('stopped');
  const late = 'scenario:steady tokens=3 seed=182';
  const sent = await user.send(conversation, late, { id: turnId, mode: 'interject' });
  expect(sent.ended).toEqual([]);
  expect(await user.turn(turnId)).toMatchObject({ status: 'stopped', prompt: late, reply: '' });
  expect((await user.turn(running)).status).toBe('running');
  await user.stop(conversation, running);
  const next = await user.send(conversation, 'scenario:steady tokens=3 seed=183');
  await user.ended(next.turnId);
  expect(await endpoint.callsOf(late)).toEqual([]);
  expect((await begunCall(prompt)).nth).toBe(1);
});
