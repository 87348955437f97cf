import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ActivityCancellationDetails } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { pino } from 'pino';
import { v7 } from 'uuid';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { WorkerEnv } from '#lib/env.ts';
import { migrate } from '#lib/store/migrate.ts';
import { openStore, type Store } from '#lib/store/store.ts';
import { createStreamStep } from '#worker/activities/stream-step.ts';
import { modelFromEnv } from '#worker/model/model.ts';
import { createFeed } from '#worker/stream/feed.ts';
import { createLiveStreams } from '#worker/stream/live-streams.ts';
import type { ModelEndpoint } from '#tests/support/endpoint-client.ts';
import { startModelEndpoint } from '#tests/support/model-endpoint.ts';
import { expectedReply } from '#tests/support/scenario-options.ts';
import { until } from '#tests/support/until.ts';

/*
 * The activity in the SDK's own surroundings for one: what comes in between two of its steps, and what Temporal says at a
 * cancellation, is in the test's hands.
 */

let endpoint: ModelEndpoint;
let dataDir: string;
beforeAll(async () => {
  endpoint = await startModelEndpoint();
  dataDir = await mkdtemp(join(tmpdir(), 'parley-step-'));
  await migrate(dataDir);
});
afterAll(async () => {
  await endpoint.close();
  await rm(dataDir, { recursive: true, force: true });
});

/** A turn whose attempts the test begins. The look at the store never comes by itself: another way must do. */
async function attempts(prompt: string, changed: (log: Store['log']) => Partial<Store['log']> = () => ({})) {
  const store = openStore({ dataDir, durable: false });
  const { setInterval } = globalThis;
  const never = vi.spyOn(globalThis, 'setInterval').mockImplementation((then) => setInterval(then, 2 ** 31 - 1));
  const feed = createFeed();
  const log = pino({ level: 'silent' });
  const model = modelFromEnv(WorkerEnv.parse({ OPENAI_BASE_URL: endpoint.baseURL, OPENAI_MODEL: 'any' }));
  const seen: Store = { ...store, log: { ...store.log, ...changed(store.log) } };
  const streams = createLiveStreams({ store: seen, model, feed, log });
  never.mockRestore();
  onTestFinished(async () => {
    await streams.close();
    await store.close();
  });
  const streamStep = createStreamStep({ store: seen, streams, feed, owner: 'test', modelName: 'any', log });
  const [conversationId, turnId] = [v7(), v7()];
  await store.submit(conversationId, { id: turnId, prompt, mode: 'queue' });
  return {
    store,
    turn: async () => (await store.turn(turnId))!,
    call: (nth = 1) => endpoint.until((calls) => calls.find((one) => one.prompt === prompt && one.nth === nth)),
    closed: () => endpoint.until((calls) => calls.find((one) => one.prompt === prompt)?.endedBy),
    stop: () => store.conversations.stop(conversationId, turnId),
    begin(attempt: number) {
      const workflowExecution = { workflowId: conversationId, runId: 'run' };
      const environment = new MockActivityEnvironment({ activityId: '1', attempt, workflowExecution });
      const result = environment.run(streamStep, { turnId, step: 0, runStartedAt: 1 });
      result.catch(() => {}); // looked at when the test is there
      return {
        result,
        cancel: (details: ConstructorParameters<typeof ActivityCancellationDetails>[0]) =>
          environment.cancel('CANCELLED', new ActivityCancellationDetails(details)),
      };
    },
  };
}

test('[ACT2] on cancellation an ended turn is the result, whatever the reason', async () => {
  const { begin, call, stop } = await attempts('scenario:gate-first seed=1201');
  const { result, cancel } = begin(1);
  await call();
  await stop();
  cancel({ workerShutdown: true });
  expect(await result).toEqual({ kind: 'ended', outcome: 'stopped' });
});

test('[ACT3] when its worker shuts down it hands over, and the provider’s socket is closed', async () => {
  const { begin, call, closed } = await attempts('scenario:gate-first seed=1202');
  const { result, cancel } = begin(1);
  await call();
  cancel({ workerShutdown: true });
  expect(await result).toEqual({ kind: 'handover' });
  expect(await closed()).toBe('client');
});

test('[WF4] a workflow that is cancelled ends the stream, without waiting for its turn’s end', async () => {
  const { begin, call, closed, turn } = await attempts('scenario:gate-first seed=1203');
  const { result, cancel } = begin(1);
  await call();
  cancel({ cancelRequested: true });
  await expect(result).rejects.toThrow('cancelled');
  expect(await closed()).toBe('client');
  expect((await turn()).status).toBe('running');
});

test('[ACT6] while it is adopted, what the stream writes waits for the adopter: nothing begins again', async () => {
  const prompt = 'scenario:hold after=4 tokens=20 seed=1204';
  const fenced = Promise.withResolvers<void>();
  const { begin, call, turn } = await attempts(prompt, (log) => ({
    async open(request) {
      const opened = await log.open(request);
      // The row has the adopter's fence, the stream not yet: now it writes.
      if (request.from) {
        await endpoint.release(prompt);
        await fenced.promise;
      }
      return opened;
    },
    async append(request) {
      const answer = await log.append(request);
      if (answer.kind === 'fenced') fenced.resolve();
      return answer;
    },
  }));
  const first = begin(1);
  await call();
  await until(async () => (await turn()).reply === expectedReply(prompt, { tokens: 4 }));
  first.cancel({ notFound: true });
  await expect(first.result).rejects.toThrow('left running');
  expect(await begin(2).result).toEqual({ kind: 'ended', outcome: 'completed' });
  expect(await turn()).toMatchObject({ status: 'completed', reply: expectedReply(prompt) });
  expect(await endpoint.callsOf(prompt)).toHaveLength(1);
});

test('[ACT6] an adopter that the store did not answer asks again: its open may have taken the fence', async () => {
  const prompt = 'scenario:hold after=4 tokens=20 seed=1206';
  let broken = 0;
  const { begin, call, turn } = await attempts(prompt, (log) => ({
    async open(request) {
      const opened = await log.open(request);
      if (!request.from || broken++ > 0) return opened;
      await endpoint.release(prompt); // what now comes is written while the fence is nobody's that lives
      throw new Error('the answer was lost');
    },
  }));
  const first = begin(1);
  await call();
  await until(async () => (await turn()).reply === expectedReply(prompt, { tokens: 4 }));
  first.cancel({ notFound: true });
  await expect(first.result).rejects.toThrow('left running');
  expect(await begin(2).result).toEqual({ kind: 'ended', outcome: 'completed' });
  expect(await turn()).toMatchObject({ status: 'completed', reply: expectedReply(prompt) });
  expect(await endpoint.callsOf(prompt)).toHaveLength(1);
});

test('[ACT6] of two attempts that begin at once the second adopts the stream of the first: one model call', async () => {
  const prompt = 'scenario:gate-first tokens=5 seed=1205';
  const { begin, call } = await attempts(prompt);
  const results = [begin(1).result, begin(2).result];
  await call();
  await endpoint.release(prompt);
  expect(await Promise.all(results)).toEqual(Array(2).fill({ kind: 'ended', outcome: 'completed' }));
  expect(await endpoint.callsOf(prompt)).toHaveLength(1);
});
