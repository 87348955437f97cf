import { v7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readHistories, type HistoryReader } from '#tests/support/history.ts';
import { startParley, type Parley } from '#tests/support/parley.ts';
import { expectedReply } from '#tests/support/scenario-options.ts';
import { until } from '#tests/support/until.ts';

let parley: Parley;
let histories: HistoryReader;
beforeAll(async () => {
  parley = await startParley();
  histories = readHistories();
});
afterAll(async () => {
  await histories.close();
  await parley.close();
});

test('[DEL1] a delete ends its turns at once, closes the provider’s socket and terminates the workflow', async () => {
  const { user, endpoint } = parley;
  const conversationId = v7();
  const prompt = 'scenario:endless rate=200 seed=701';
  const running = await user.send(conversationId, prompt);
  const waiting = await user.send(conversationId, 'scenario:steady tokens=3 seed=702');
  await user.when(running.turnId, ({ reply }) => reply.length > 40);
  await user.delete(conversationId);
  const ended = await user.turn(running.turnId);
  expect(ended.status).toBe('stopped');
  expect((await user.turn(waiting.turnId)).status).toBe('stopped');
  const call = await endpoint.until((calls) => calls.find((known) => known.prompt === prompt && known.endedBy));
  expect(call.endedBy).toBe('client');
  await until(async () => (await histories.statusOf({ conversationId })) === 'TERMINATED');
  expect(await user.turn(running.turnId)).toEqual(ended);
  expect(await endpoint.callsOf('scenario:steady tokens=3 seed=702')).toEqual([]);
  await expect(user.send(conversationId, 'more')).rejects.toThrow('refused: deleted');
});

test('[DEL2] a restored conversation goes on with its words', async () => {
  const { user, endpoint } = parley;
  const conversationId = v7();
  const first = 'scenario:steady tokens=5 seed=711';
  await user.ended((await user.send(conversationId, first)).turnId);
  await user.delete(conversationId);
  expect(await user.store.conversations.restore(conversationId)).toMatchObject({ deleted: false });
  const second = 'scenario:steady tokens=5 seed=712';
  const { turnId } = await user.send(conversationId, second);
  expect((await user.ended(turnId)).reply).toBe(expectedReply(second));
  const [call] = await endpoint.callsOf(second);
  expect(call!.body.messages.map(({ content }) => content)).toEqual([first, expectedReply(first), second]);
});

test('[DEL1] a delete that Temporal is not told of stops the stream all the same', async () => {
  const { user, endpoint } = parley;
  const conversationId = v7();
  const prompt = 'scenario:gate-first seed=721';
  const { turnId } = await user.send(conversationId, prompt);
  await endpoint.until((calls) => calls.some((call) => call.prompt === prompt && call.held));
  await user.store.conversations.delete(conversationId);
  const call = await endpoint.until((calls) => calls.find((known) => known.prompt === prompt && known.endedBy));
  expect(call.endedBy).toBe('client');
  expect((await user.turn(turnId)).status).toBe('stopped');
});
