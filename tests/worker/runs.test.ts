import { ApplicationFailure } from '@temporalio/client';
import { v7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { STOP_REQUESTED } from '#lib/temporal/names.ts';
import { readHistories, type HistoryReader } from '#tests/support/history.ts';
import { changedBundle, prepareParley, startParley, type Parley } from '#tests/support/parley.ts';
import { startWorker, type RunningWorker } from '#tests/support/running-worker.ts';
import { expectedReply } from '#tests/support/scenario-options.ts';
import { until } from '#tests/support/until.ts';

/** Long enough for a turn or two in between, on a machine that is busy too. */
const IDLE_MS = 1_500;

let parley: Parley;
/** The same, but for the idle hour, which is over in no time. */
let hasty: Omit<Parley, 'worker'>;
let hastyWorker: RunningWorker;
let histories: HistoryReader;
beforeAll(async () => {
  histories = readHistories();
  parley = await startParley();
  hasty = await prepareParley();
  hastyWorker = await startWorker({
    ...hasty.env,
    WORKFLOW_BUNDLE: await changedBundle(hasty.env.DATA_DIR!, ['IDLE_MS = 60 * 60000', `IDLE_MS = ${IDLE_MS}`]),
  });
});
afterAll(async () => {
  await hastyWorker.shutdown();
  await hasty.close();
  await parley.close();
  await histories.close();
});

/** Signals about turns that are none of this conversation's: they only make its history long. */
async function makeLong(conversationId: string, signals: number): Promise<void> {
  const workflow = histories.handle({ conversationId });
  for (let sent = 0; sent < signals; sent += 20) {
    await Promise.all(Array.from({ length: 20 }, () => workflow.signal(STOP_REQUESTED, { turnId: v7() })));
  }
}

test.concurrent('[WF5] a long run continues as new between two turns and loses nothing that waits', async () => {
  const { user, endpoint } = parley;
  const conversationId = v7();
  const held = 'scenario:hold after=3 tokens=9 seed=601';
  const waiting = [602, 603].map((seed) => `scenario:steady tokens=4 seed=${seed}`);
  const first = await user.send(conversationId, held);
  await endpoint.until((calls) => calls.some((call) => call.prompt === held && call.held));
  const others = [];
  for (const prompt of waiting) others.push(await user.send(conversationId, prompt));
  const runId = await histories.runIdOf(conversationId);
  await makeLong(conversationId, 1_000);
  await endpoint.release(held);
  expect((await user.ended(first.turnId)).reply).toBe(expectedReply(held));
  for (const [at, { turnId }] of others.entries())
    expect((await user.ended(turnId)).reply).toBe(expectedReply(waiting[at]!));
  expect(await histories.statusOf({ conversationId, runId })).toBe('CONTINUED_AS_NEW');
  expect(await histories.runIdOf(conversationId)).not.toBe(runId);
  const calls = (await endpoint.calls()).filter(({ prompt }) => [held, ...waiting].includes(prompt));
  expect(calls.map(({ prompt }) => prompt)).toEqual([held, ...waiting]);
});

test.concurrent('[WF5] a long run that was handed over goes on in its own run until the step is done', async () => {
  const own = await prepareParley();
  const { user, endpoint } = own;
  const short = await changedBundle(own.env.DATA_DIR!, ['EVENTS_MAX = 1000', 'EVENTS_MAX = 30']);
  const env = { ...own.env, WORKFLOW_BUNDLE: short };
  const worker = await startWorker(env);
  const conversationId = v7();
  const held = 'scenario:hold after=3 tokens=9 seed=606';
  const { turnId } = await user.send(conversationId, held);
  const isHeld = (nth: number) =>
    endpoint.until((calls) => calls.some((call) => call.prompt === held && call.nth === nth && call.held));
  await isHeld(1);
  await makeLong(conversationId, 40);
  const run = { conversationId, runId: await histories.runIdOf(conversationId) };
  const [next] = await Promise.all([startWorker(env), worker.shutdown()]);
  await isHeld(2);
  expect(await histories.statusOf(run)).toBe('RUNNING');
  await endpoint.release(held);
  expect((await user.ended(turnId)).reply).toBe(expectedReply(held));
  await until(async () => (await histories.statusOf(run)) === 'CONTINUED_AS_NEW');
  await next.shutdown();
  await own.close();
});

test.concurrent('[WF1] an idle conversation’s workflow returns, and the next message brings it back', async () => {
  const { user } = hasty;
  const conversationId = v7();
  const first = await user.send(conversationId, 'scenario:steady tokens=3 seed=611');
  await user.ended(first.turnId);
  await until(async () => (await histories.statusOf({ conversationId })) === 'COMPLETED');
  const before = await histories.runIdOf(conversationId);
  const prompt = 'scenario:steady tokens=3 seed=612';
  const second = await user.send(conversationId, prompt);
  expect((await user.ended(second.turnId)).reply).toBe(expectedReply(prompt));
  expect(await histories.runIdOf(conversationId)).not.toBe(before);
});

test.concurrent('[WF1] the idle hour counts from the last turn on', async () => {
  const { user, endpoint } = hasty;
  const conversationId = v7();
  const first = await user.send(conversationId, 'scenario:steady tokens=3 seed=621');
  await user.ended(first.turnId);
  const runId = await histories.runIdOf(conversationId);
  const run = { conversationId, runId };
  // A turn that is held past the time-out, and one that comes right after it and takes a good part of the next.
  const held = 'scenario:hold after=2 tokens=5 seed=622';
  const second = await user.send(conversationId, held);
  await until(async () => (await histories.events(run)).some(({ timerFiredEventAttributes: fired }) => fired));
  expect(await histories.statusOf(run)).toBe('RUNNING');
  await endpoint.release(held);
  await user.ended(second.turnId);
  const third = await user.send(conversationId, `scenario:steady tokens=${(IDLE_MS / 1_000) * 10} rate=20 seed=623`);
  await user.ended(third.turnId);
  await until(async () => (await histories.statusOf(run)) === 'COMPLETED');
  const events = await histories.events(run);
  const last = events.findLast(({ activityTaskCompletedEventAttributes: done }) => done);
  const idle = timeOf(events.at(-1)!) - timeOf(last!);
  expect(idle).toBeGreaterThanOrEqual(IDLE_MS);
});

const timeOf = ({ eventTime }: { eventTime?: { seconds?: unknown; nanos?: number | null } | null }) =>
  Number(eventTime?.seconds) * 1_000 + (eventTime?.nanos ?? 0) / 1e6;

test.concurrent('[WF6] a workflow whose queue holds a paused turn does not return', async () => {
  const { user } = hasty;
  const conversationId = v7();
  const failing = await user.send(conversationId, 'scenario:wrong-key seed=631', { signal: false });
  const kept = await user.send(conversationId, 'scenario:steady tokens=3 seed=632', { signal: false });
  for (const sent of [failing, kept]) await user.signal(conversationId, sent);
  await user.ended(failing.turnId);
  const runId = await histories.runIdOf(conversationId);
  const timesFired = async () =>
    (await histories.events({ conversationId, runId })).filter(({ timerFiredEventAttributes: timer }) => timer).length;
  await until(async () => (await timesFired()) > 1);
  expect(await histories.statusOf({ conversationId, runId })).toBe('RUNNING');
  const next = await user.send(conversationId, 'scenario:steady tokens=3 seed=633');
  for (const { turnId } of [kept, next]) expect((await user.ended(turnId)).status).toBe('completed');
  expect(await histories.runIdOf(conversationId)).toBe(runId);
});

test.concurrent('[WF4] a workflow that an operator cancels ends its turns, and the next message begins anew', async () => {
  const { user, endpoint } = parley;
  const conversationId = v7();
  const held = 'scenario:hold after=3 seed=641';
  const running = await user.send(conversationId, held);
  const waiting = await user.send(conversationId, 'scenario:steady tokens=3 seed=642');
  await endpoint.until((calls) => calls.some((call) => call.prompt === held && call.held));
  await user.when(running.turnId, ({ reply }) => reply === expectedReply(held, { tokens: 3 }));
  await histories.handle({ conversationId }).cancel();
  expect(await user.ended(running.turnId)).toMatchObject({
    status: 'stopped',
    reply: expectedReply(held, { tokens: 3 }),
  });
  expect(await user.ended(waiting.turnId)).toMatchObject({ status: 'stopped', reply: '' });
  const call = await endpoint.until((calls) => calls.find(({ prompt, endedBy }) => prompt === held && endedBy));
  expect(call.endedBy).toBe('client');
  await until(async () => (await histories.statusOf({ conversationId })) === 'CANCELLED');
  const next = await user.send(conversationId, 'scenario:steady tokens=3 seed=643');
  expect((await user.ended(next.turnId)).status).toBe('completed');
  expect(await endpoint.callsOf('scenario:steady tokens=3 seed=642')).toEqual([]);
});

test.concurrent('[WF4] a step that fails for good ends its turn in words, and what waits goes on', async () => {
  const { user, endpoint } = parley;
  const conversationId = v7();
  const held = 'scenario:hold after=3 seed=661';
  const { turnId } = await user.send(conversationId, held);
  const waiting = await user.send(conversationId, 'scenario:steady tokens=3 seed=662');
  await endpoint.until((calls) => calls.some((call) => call.prompt === held && call.held));
  const attempt = await until(async () =>
    (await user.store.outbox.heldAttempts()).find((one) => one.turnId === turnId),
  );
  const token = Buffer.from(attempt.taskToken, 'base64');
  await histories.activities.fail(token, ApplicationFailure.nonRetryable('a bug of ours'));
  const turn = await user.ended(turnId);
  expect(turn).toMatchObject({ status: 'failed', error: { code: 'internal' } });
  expect(turn.error?.message).not.toContain('bug');
  expect((await user.ended(waiting.turnId)).status).toBe('completed');
  const call = await endpoint.until((calls) => calls.find(({ prompt, endedBy }) => prompt === held && endedBy));
  expect(call.endedBy).toBe('client');
});

test.concurrent('[LOG2] a conversation whose workflow was lost goes on in a new run with the next message', async () => {
  const { user, endpoint } = parley;
  const conversationId = v7();
  const held = 'scenario:hold after=3 tokens=8 seed=651';
  const { turnId } = await user.send(conversationId, held);
  await endpoint.until((calls) => calls.some((call) => call.prompt === held && call.held));
  await user.temporal.terminate(conversationId, 'lost, for a test');
  const next = await user.send(conversationId, 'scenario:steady tokens=3 seed=652');
  await endpoint.release(held);
  // The running turn goes first: it is run again, or its stream adopted, and then the new one.
  expect(await user.ended(turnId)).toMatchObject({ status: 'completed', reply: expectedReply(held) });
  expect((await user.ended(next.turnId)).status).toBe('completed');
});
