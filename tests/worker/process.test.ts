import { v7 } from 'uuid';
import { expect, test } from 'vitest';
import type { Turn } from '#lib/protocol/turn.ts';
import type { Call } from '#tests/support/call-log.ts';
import { readHistories } from '#tests/support/history.ts';
import { prepareParley } from '#tests/support/parley.ts';
import { expectedReply } from '#tests/support/scenario-options.ts';
import { replyText } from '#tests/support/seeded-text.ts';
import { startTcpProxy } from '#tests/support/tcp-proxy.ts';
import { startWorkerProcess, type WorkerProcess } from '#tests/support/worker-process.ts';

/** Real worker processes around a conversation, one after another; whatever still runs at the end is killed. */
async function withWorkers(
  body: (
    parts: Awaited<ReturnType<typeof prepareParley>> & { start: (env?: Record<string, string>) => WorkerProcess },
  ) => Promise<void>,
): Promise<void> {
  const parley = await prepareParley();
  const started: WorkerProcess[] = [];
  const start = (more: Record<string, string> = {}) => {
    const worker = startWorkerProcess({ ...parley.env, ...more });
    started.push(worker);
    return worker;
  };
  try {
    await body({ ...parley, start });
  } finally {
    await Promise.all(started.map((worker) => worker.close()));
    await parley.close();
  }
}

const tell = (what: string, from: number) => console.log(`${what}: ${Math.round(performance.now() - from)} ms`);

function expectWhole(turn: Turn): void {
  expect(turn).toMatchObject({ status: 'completed', reply: expectedReply(turn.prompt), error: null, retry: null });
}

test('an empty variable is one that is not set, also to what reads the environment by itself', () =>
  withWorkers(async ({ start }) => {
    await start({ OPENAI_BASE_URL: '', OPENAI_API_KEY: '', OPENAI_MODEL: '' }).ready();
  }));

test('[WRK3] killed right after a send: the next worker answers it', () =>
  withWorkers(async ({ user, endpoint, start }) => {
    const worker = start();
    await worker.ready();
    const prompt = 'scenario:steady tokens=30 rate=300 seed=1001';
    const { turnId } = await user.send(v7(), prompt);
    worker.signal('SIGKILL');
    await worker.ended;
    const from = performance.now();
    await start().ready();
    tell('worker ready after its start', from);
    const turn = await user.ended(turnId, 30_000);
    tell('killed right after the send → whole', from);
    expectWhole(turn);
    expect((await endpoint.callsOf(prompt)).length).toBeLessThanOrEqual(2);
  }));

test('[WRK2] killed before the first token: one more call, and the turn completes', () =>
  withWorkers(async ({ user, endpoint, start }) => {
    const worker = start();
    await worker.ready();
    const prompt = 'scenario:gate-first tokens=30 seed=1011';
    const { turnId } = await user.send(v7(), prompt);
    const held = (nth: number) =>
      endpoint.until((calls) => calls.find((call) => call.prompt === prompt && call.nth === nth && call.held), 30_000);
    await held(1);
    worker.signal('SIGKILL');
    await worker.ended;
    const from = performance.now();
    start();
    await held(2);
    tell('killed before the first token → asked again', from);
    await endpoint.release(prompt);
    expectWhole(await user.ended(turnId));
    expect((await endpoint.callsOf(prompt)).map(({ endedBy }) => endedBy)).toEqual(['client', 'finish']);
  }));

test('[WRK2] [LOG6] killed in the middle: the step begins again before everyone’s eyes, once', () =>
  withWorkers(async ({ user, endpoint, start }) => {
    const worker = start();
    await worker.ready();
    const conversationId = v7();
    const prompt = 'scenario:hold after=6 tokens=30 seed=1021';
    const { turnId } = await user.send(conversationId, prompt);
    const waiting = await user.send(conversationId, 'scenario:steady tokens=4 seed=1022');
    const partial = expectedReply(prompt, { tokens: 6 });
    await user.when(turnId, ({ reply }) => reply === partial);
    worker.signal('SIGKILL');
    await worker.ended;
    expect(await user.turn(turnId)).toMatchObject({ status: 'running', reply: partial });
    const from = performance.now();
    start();
    await endpoint.until(
      (calls) => calls.some((call) => call.prompt === prompt && call.nth === 2 && call.held),
      30_000,
    );
    tell('killed in the middle → text flows again', from);
    await endpoint.release(prompt);
    expectWhole(await user.ended(turnId));
    expectWhole(await user.ended(waiting.turnId));
    expect(await endpoint.callsOf(prompt)).toHaveLength(2);
    const resets = (await user.log(turnId)).filter(({ chunk }) => chunk.type === 'reset-step');
    expect(resets).toHaveLength(1);
  }));

test.concurrent('[LOG10] killed in the pause before another try: that try comes, and is the second', () =>
  withWorkers(async ({ user, endpoint, start }) => {
    const worker = start();
    await worker.ready();
    const prompt = 'scenario:fail status=503 retryAfter=3 times=1 tokens=10 seed=1031';
    const { turnId } = await user.send(v7(), prompt);
    await user.when(turnId, ({ retry }) => retry !== null);
    worker.signal('SIGKILL');
    await worker.ended;
    start();
    expectWhole(await user.ended(turnId, 30_000));
    const [first, second, ...more] = await endpoint.callsOf(prompt);
    expect(more).toEqual([]);
    expect(second!.at - first!.closedAt!).toBeGreaterThanOrEqual(2_900);
  }));

test.concurrent('[LOG2] a worker that was frozen and wakes when another has taken over writes nothing', () =>
  withWorkers(async ({ user, endpoint, env, start }) => {
    const way = await startTcpProxy(env.TEMPORAL_ADDRESS!);
    const frozen = start({ TEMPORAL_ADDRESS: way.address });
    await frozen.ready();
    const prompt = 'scenario:endless rate=200 seed=1041';
    const { turnId } = await user.send(v7(), prompt);
    await user.when(turnId, ({ reply }) => reply.length > 100);
    frozen.signal('SIGSTOP');
    way.cut();
    await endpoint.script('scenario:hold after=5 tokens=60 seed=1042 key=again', prompt);
    await start().ready();
    const [held] = await user.store.outbox.heldAttempts();
    await user.temporal.failAttempt(Buffer.from(held!.taskToken, 'base64'));
    const calls = (nth: number) => (known: Call[]) => known.find((call) => call.prompt === prompt && call.nth === nth);
    await endpoint.until((known) => calls(2)(known)?.held, 30_000);
    // It finds much text in its socket, and writes to the store as if no time had passed.
    frozen.signal('SIGCONT');
    expect(await endpoint.until((known) => calls(1)(known)?.endedBy, 30_000)).toBe('client');
    await endpoint.release('again');
    const turn = await user.ended(turnId);
    expect(turn).toMatchObject({ status: 'completed', reply: replyText({ seed: 1042, tokens: 60 }) });
    await way.close();
  }));

test.concurrent('[STOP3] a workflow whose step’s worker is frozen does not wait for it: the next turn begins at once', () =>
  withWorkers(async ({ user, start }) => {
    const frozen = start();
    await frozen.ready();
    const conversationId = v7();
    const { turnId } = await user.send(conversationId, 'scenario:endless rate=100 seed=1061');
    await user.when(turnId, ({ reply }) => reply !== '');
    frozen.signal('SIGSTOP');
    await start().ready();
    await user.stop(conversationId, turnId);
    const next = await user.send(conversationId, 'scenario:steady tokens=5 seed=1062');
    expectWhole(await user.ended(next.turnId, 30_000));
    const histories = readHistories();
    const events = await histories.events({ conversationId });
    await histories.close();
    const [first, second] = events.filter(({ activityTaskScheduledEventAttributes: task }) => task);
    const ends = events.filter(({ eventId, ...event }) => {
      const end =
        event.activityTaskCompletedEventAttributes ??
        event.activityTaskCanceledEventAttributes ??
        event.activityTaskTimedOutEventAttributes ??
        event.activityTaskFailedEventAttributes;
      return Number(end?.scheduledEventId) === Number(first!.eventId) && Number(eventId) < Number(second!.eventId);
    });
    // Whatever Temporal learns of the first step, it learns after the second was begun.
    expect(ends).toEqual([]);
  }));

test.concurrent('[ACT3] SIGTERM ends a worker with code 0 in the middle of a turn, and the next goes on', () =>
  withWorkers(async ({ user, endpoint, start }) => {
    const worker = start();
    await worker.ready();
    const prompt = 'scenario:hold after=6 tokens=30 seed=1051';
    const { turnId } = await user.send(v7(), prompt);
    await user.when(turnId, ({ reply }) => reply !== '');
    const from = performance.now();
    worker.signal('SIGTERM');
    expect(await worker.ended).toBe(0);
    tell('SIGTERM → ended', from);
    start();
    await endpoint.until((calls) => calls.some((call) => call.prompt === prompt && call.nth === 2), 30_000);
    await endpoint.release(prompt);
    expectWhole(await user.ended(turnId));
    expect(worker.output()).not.toMatch(/"level":(50|60)/);
  }));
