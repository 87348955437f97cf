import { v7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readHistories, type HistoryReader } from '#tests/support/history.ts';
import { changedBundle, prepareParley, startParley, type Parley } from '#tests/support/parley.ts';
import { startWorker } from '#tests/support/running-worker.ts';
import { expectedReply } from '#tests/support/scenario-options.ts';
import { startTcpProxy } from '#tests/support/tcp-proxy.ts';
import { until } from '#tests/support/until.ts';

let histories: HistoryReader;
beforeAll(() => {
  histories = readHistories();
});
afterAll(() => histories.close());

const heldCall = (parley: Pick<Parley, 'endpoint'>, prompt: string, nth: number) =>
  parley.endpoint.until((calls) => calls.find((call) => call.prompt === prompt && call.nth === nth && call.held));

/** Fails the attempt that holds the turn, once it is another than `not`. */
async function failHeldAttempt({ user }: Pick<Parley, 'user'>, turnId: string, not?: string): Promise<string> {
  const token = await until(async () => {
    const found = (await user.store.outbox.heldAttempts()).find((one) => one.turnId === turnId)?.taskToken;
    return found !== undefined && found !== not && found;
  });
  await user.temporal.failAttempt(Buffer.from(token, 'base64'));
  return token;
}

test.concurrent('[ACT3] three deploys in one turn: the next worker goes on each time, and none counts as a try', async () => {
  const parley = await prepareParley();
  const { user, endpoint, env } = parley;
  const conversationId = v7();
  const prompt = 'scenario:hold after=5 tokens=20 seed=501';
  let worker = await startWorker(env);
  const { turnId } = await user.send(conversationId, prompt);
  const waiting = await user.send(conversationId, 'scenario:steady tokens=3 seed=502');
  const partial = expectedReply(prompt, { tokens: 5 });
  for (const nth of [1, 2, 3]) {
    await heldCall(parley, prompt, nth);
    await user.when(turnId, ({ reply }) => reply === partial);
    const [next] = await Promise.all([startWorker(env), worker.shutdown()]);
    worker = next;
    expect(await user.turn(turnId)).toMatchObject({ status: 'running', retry: null });
  }
  await heldCall(parley, prompt, 4);
  await endpoint.release(prompt);
  expect(await user.ended(turnId)).toMatchObject({ status: 'completed', reply: expectedReply(prompt), error: null });
  expect((await user.ended(waiting.turnId)).status).toBe('completed');
  const calls = await endpoint.callsOf(prompt);
  expect(calls.map(({ endedBy }) => endedBy)).toEqual(['client', 'client', 'client', 'finish']);
  const resets = (await user.log(turnId)).filter(({ chunk }) => chunk.type === 'reset-step');
  expect(resets).toHaveLength(3);
  // Four activities that each returned: no failed attempt, no retry.
  const text = await histories.text({ conversationId });
  expect(text.split('"handover"')).toHaveLength(4);
  await worker.shutdown();
  await parley.close();
});

test.concurrent('[ACT2] a worker that shuts down after a Stop hands nothing over', async () => {
  const parley = await prepareParley();
  const { user, endpoint, env } = parley;
  const conversationId = v7();
  const prompt = 'scenario:gate-first seed=511';
  const worker = await startWorker(env);
  const { turnId } = await user.send(conversationId, prompt);
  await heldCall(parley, prompt, 1);
  await Promise.all([user.stop(conversationId, turnId, { signal: false }), worker.shutdown()]);
  const next = await startWorker(env);
  const after = await user.send(conversationId, 'scenario:steady tokens=3 seed=512');
  expect((await user.ended(after.turnId)).status).toBe('completed');
  expect(await endpoint.callsOf(prompt)).toHaveLength(1);
  await next.shutdown();
  await parley.close();
});

test.concurrent('[ACT5] [ACT6] Temporal gives up every attempt: the stream runs on and is adopted, one model call', async () => {
  const parley = await prepareParley();
  const { user, endpoint, env } = parley;
  const fewTries = await changedBundle(env.DATA_DIR!, ['maximumAttempts: 20', 'maximumAttempts: 2']);
  const worker = await startWorker({ ...env, WORKFLOW_BUNDLE: fewTries });
  const conversationId = v7();
  const prompt = 'scenario:hold after=5 tokens=20 seed=521';
  const { turnId } = await user.send(conversationId, prompt);
  await heldCall(parley, prompt, 1);
  // More than Temporal's own tries: after those the workflow schedules the step again.
  let token: string | undefined;
  for (let attempt = 1; attempt <= 3; attempt++) token = await failHeldAttempt(parley, turnId, token);
  await until(async () => (await user.store.outbox.heldAttempts()).some(({ taskToken }) => taskToken !== token));
  expect(await user.turn(turnId)).toMatchObject({ status: 'running', reply: expectedReply(prompt, { tokens: 5 }) });
  await endpoint.release(prompt);
  expect(await user.ended(turnId)).toMatchObject({ status: 'completed', reply: expectedReply(prompt) });
  expect(await endpoint.callsOf(prompt)).toHaveLength(1);
  expect((await user.log(turnId)).filter(({ chunk }) => chunk.type === 'reset-step')).toEqual([]);
  const scheduled = (await histories.events({ conversationId })).filter(
    ({ activityTaskScheduledEventAttributes: task }) => task?.activityType?.name === 'streamStep',
  );
  expect(scheduled).toHaveLength(2);
  await worker.shutdown();
  await parley.close();
});

test.concurrent('[ACT6] text that flows while attempts change hands stays exact', async () => {
  const parley = await startParley();
  const { user, endpoint } = parley;
  const prompt = 'scenario:steady tokens=700 rate=120 unicode=1 seed=531';
  const { turnId } = await user.send(v7(), prompt);
  let last: string | undefined;
  for (let changes = 0; changes < 3; changes++) {
    const before = (await user.turn(turnId)).reply.length;
    await user.when(turnId, ({ reply }) => reply.length > before + 40);
    last = await failHeldAttempt(parley, turnId, last);
  }
  expect(await user.ended(turnId)).toMatchObject({ status: 'completed', reply: expectedReply(prompt) });
  expect(await endpoint.callsOf(prompt)).toHaveLength(1);
  await parley.close();
});

test.concurrent('[ACT1] a step that takes longer than the heartbeat’s time-out is one attempt', async () => {
  const parley = await startParley();
  const { user } = parley;
  const conversationId = v7();
  const prompt = 'scenario:steady tokens=760 rate=100 seed=571'; // 7.6 s, the time-out is 6 s
  const { turnId } = await user.send(conversationId, prompt);
  expect(await user.ended(turnId)).toMatchObject({ status: 'completed', reply: expectedReply(prompt) });
  // The history has an attempt once its result is in: a moment after the store has the turn's end.
  const attempts = await until(async () => {
    const started = (await histories.events({ conversationId })).flatMap(
      ({ activityTaskStartedEventAttributes: attempt }) => (attempt ? [attempt.attempt] : []),
    );
    return started.length > 0 && started;
  });
  expect(attempts).toEqual([1]);
  await parley.close();
});

test.concurrent('[ACT4] attempts that Temporal gives up are no tries: the provider’s first failure is the first', async () => {
  const parley = await startParley({ env: { MODEL_FIRST_TOKEN_TIMEOUT_MS: '5000' } });
  const { user, endpoint } = parley;
  const prompt = 'scenario:silent times=1 tokens=20 seed=581';
  const { turnId } = await user.send(v7(), prompt);
  await endpoint.until((calls) => calls.some((call) => call.prompt === prompt));
  let token: string | undefined;
  for (let attempt = 1; attempt <= 3; attempt++) token = await failHeldAttempt(parley, turnId, token);
  expect(await user.when(turnId, ({ retry }) => retry !== null)).toMatchObject({
    retry: { code: 'timeout', tries: 1 },
  });
  expect(await user.ended(turnId)).toMatchObject({ status: 'completed', reply: expectedReply(prompt) });
  expect(await endpoint.callsOf(prompt)).toHaveLength(2);
  await parley.close();
});

test.concurrent('[ACT6] a stream that another worker has overtaken is aborted, not adopted', async () => {
  const parley = await prepareParley();
  const { user, endpoint, env } = parley;
  const way = await startTcpProxy(env.TEMPORAL_ADDRESS!);
  const first = await startWorker({ ...env, TEMPORAL_ADDRESS: way.address });
  const prompt = 'scenario:hold after=5 tokens=20 vary=1 seed=551';
  const { turnId } = await user.send(v7(), prompt);
  await heldCall(parley, prompt, 1);
  way.cut();
  const second = await startWorker(env);
  await failHeldAttempt(parley, turnId);
  await heldCall(parley, prompt, 2);
  // The first one's stream is silent: it has not learned that it lost the turn when it gets the next attempt.
  expect((await endpoint.callsOf(prompt))[0]).toMatchObject({ held: true, endedBy: null });
  way.mend();
  await second.shutdown();
  await heldCall(parley, prompt, 3);
  await endpoint.release(prompt);
  const whole = expectedReply(prompt, { nth: 3 });
  expect(await user.ended(turnId)).toMatchObject({ status: 'completed', reply: whole });
  expect((await endpoint.callsOf(prompt)).map(({ endedBy }) => endedBy)).toEqual(['client', 'client', 'finish']);
  await first.shutdown();
  await way.close();
  await parley.close();
});

test.concurrent('[ACT6] a Stop ends a stream that nobody at Temporal waits for', async () => {
  const parley = await startParley();
  const { user, endpoint } = parley;
  const conversationId = v7();
  const prompt = 'scenario:hold after=5 seed=541';
  const { turnId } = await user.send(conversationId, prompt);
  await heldCall(parley, prompt, 1);
  await user.when(turnId, ({ reply }) => reply !== '');
  await user.temporal.terminate(conversationId, 'lost, for a test');
  await user.stop(conversationId, turnId);
  const call = await endpoint.until((calls) => calls.find((known) => known.prompt === prompt && known.endedBy));
  expect(call.endedBy).toBe('client');
  const after = await user.send(conversationId, 'scenario:steady tokens=3 seed=542');
  expect((await user.ended(after.turnId)).status).toBe('completed');
  await parley.close();
});
