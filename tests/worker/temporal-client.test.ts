import { v7 } from 'uuid';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { createTemporalClient, type TemporalClient } from '#lib/temporal/client.ts';

let temporal: TemporalClient;
beforeAll(() => {
  temporal = createTemporalClient({
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    TEMPORAL_PORT: 1,
    TEMPORAL_NAMESPACE: 'default',
    TEMPORAL_TASK_QUEUE: v7(), // nobody works on it
  });
});
afterAll(() => temporal.close());

const turn = () => ({ turnId: v7(), ended: [] });

test('[OB3] [DEL1] a workflow that does not run has nothing to stop or to end: that is no trouble', async () => {
  await temporal.requestStop(v7(), { turnId: v7() });
  await temporal.terminate(v7(), 'a test');
  expect(await temporal.pendingAttempts(v7())).toEqual([]);
});

test('[WRK2] an attempt that is not there any more cannot be failed: that is as good', async () => {
  const workflowId = v7();
  await temporal.requestTurn(workflowId, turn());
  await temporal.failAttempt({ workflowId, runId: '', activityId: '1' });
  await temporal.terminate(workflowId, 'a test');
});

test('[OB1] the same turn is requested as often as one likes, also of a conversation that has ended', async () => {
  const conversationId = v7();
  const asked = turn();
  await temporal.requestTurn(conversationId, asked);
  await temporal.requestTurn(conversationId, asked);
  await temporal.terminate(conversationId, 'a test');
  await temporal.requestTurn(conversationId, asked);
  await temporal.terminate(conversationId, 'a test');
});

test('[OB1] what is no such answer is trouble, for the outbox to tell again', async () => {
  const elsewhere = createTemporalClient({
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    TEMPORAL_PORT: 1,
    TEMPORAL_NAMESPACE: 'of-somebody-else',
    TEMPORAL_TASK_QUEUE: 'parley',
  });
  try {
    expect(await elsewhere.isReachable()).toBe(false);
    await expect(elsewhere.requestTurn(v7(), turn())).rejects.toThrow();
  } finally {
    await elsewhere.close();
  }
});
