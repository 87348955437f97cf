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

test.concurrent('[LOG10] two failures and then a whole answer: completed, and the page knew of each try', async () => {
  const { user } = parley;
  const prompt = 'scenario:fail status=500 times=2 tokens=30 seed=401';
  const { turnId } = await user.send(v7(), prompt);
  const waiting = await user.when(turnId, ({ retry }) => retry !== null);
  expect(waiting).toMatchObject({ status: 'running', error: null, retry: { code: 'provider_error', tries: 1 } });
  expect(waiting.retry?.message).toMatch(/HTTP 500/);
  await user.when(turnId, ({ retry }) => retry?.tries === 2);
  expect(await user.ended(turnId)).toMatchObject({ status: 'completed', reply: expectedReply(prompt), retry: null });
});

test.concurrent('[LOG6] a step that begins again says so once, and only where its log had events', async () => {
  const { user } = parley;
  const types = async (prompt: string) => {
    const turn = await user.ended((await user.send(v7(), prompt)).turnId);
    expect(turn.reply).toBe(expectedReply(prompt));
    return (await user.log(turn.id)).map(({ chunk }) => chunk.type).filter((type) => type.endsWith('-step'));
  };
  const [broken, refused] = await Promise.all([
    types('scenario:break after=5 times=1 tokens=12 seed=411'),
    types('scenario:fail status=503 times=1 tokens=12 seed=412'),
  ]);
  expect(broken).toEqual(['start-step', 'reset-step', 'finish-step']);
  expect(refused).toEqual(['start-step', 'finish-step']);
});

test.concurrent('[ACT7] the next try comes when the provider asked for it', async () => {
  const { user, endpoint } = parley;
  const prompt = 'scenario:fail status=429 retryAfter=2 times=1 seed=421';
  const { turnId } = await user.send(v7(), prompt);
  const { retry } = await user.when(turnId, (turn) => turn.retry !== null);
  expect(retry).toMatchObject({ code: 'rate_limited' });
  await user.ended(turnId);
  const [first, second] = await endpoint.callsOf(prompt);
  expect(second!.at - first!.closedAt!).toBeGreaterThanOrEqual(1_900);
  expect(Date.parse(retry!.at)).toBeGreaterThanOrEqual(first!.at + 1_900);
});

test.concurrent('[ACT7] after a failure the turns that wait go on', async () => {
  const { user } = parley;
  const conversation = v7();
  const failing = await user.send(conversation, 'scenario:model-not-found seed=431');
  const waiting = await user.send(conversation, 'scenario:steady tokens=4 seed=432');
  expect((await user.ended(failing.turnId)).status).toBe('failed');
  expect((await user.ended(waiting.turnId)).status).toBe('completed');
});

test.concurrent('[SEND4] a retry stands beside the failed turn and is answered before what waited for it', async () => {
  const { user, endpoint } = parley;
  const conversation = v7();
  const root = await user.send(conversation, 'scenario:steady tokens=4 seed=441');
  await user.ended(root.turnId);
  const prompt = 'scenario:wrong-key times=1 tokens=7 seed=442';
  const failing = await user.send(conversation, prompt, { signal: false });
  const waiting = await user.send(conversation, 'scenario:steady tokens=4 seed=443');
  const failed = await user.ended(failing.turnId);
  const retried = await user.send(conversation, prompt, { parentId: failed.parentId });
  expect(await user.ended(retried.turnId)).toMatchObject({ status: 'completed', reply: expectedReply(prompt) });
  await user.ended(waiting.turnId);
  const [call] = await endpoint.callsOf('scenario:steady tokens=4 seed=443');
  expect(call!.body.messages.map(({ content }) => String(content))).toEqual([
    'scenario:steady tokens=4 seed=441',
    expectedReply('scenario:steady tokens=4 seed=441'),
    prompt,
    expectedReply(prompt),
    'scenario:steady tokens=4 seed=443',
  ]);
});

for (const scenario of ['wrong-key', 'fail status=403']) {
  test.concurrent(`[ACT8] [WF6] ${scenario}: what waits is kept until the user sends again`, async () => {
    const { user, endpoint } = parley;
    const conversation = v7();
    const timesPaused = async () =>
      (await histories.text({ conversationId: conversation })).split('"paused"').length - 1;
    const failing = await user.send(conversation, `scenario:${scenario} seed=451`, { signal: false });
    const prompts = ['first', 'second', 'third'].map((word) => `scenario:steady tokens=4 seed=452 ${scenario} ${word}`);
    const first = await user.send(conversation, prompts[0]!, { signal: false });
    for (const sent of [failing, first]) await user.signal(conversation, sent);
    await user.ended(failing.turnId);
    expect((await user.store.snapshots.conversation(conversation, 0)).conversation.paused).toBe(true);
    await until(timesPaused);
    // The same POST again is no new request of the user's.
    await user.send(conversation, prompts[0]!, { id: first.turnId });
    await until(async () => (await timesPaused()) > 1);
    expect(await user.turn(first.turnId)).toMatchObject({ status: 'queued', error: null });
    expect(await endpoint.callsOf(prompts[0]!)).toEqual([]);
    const others = [await user.send(conversation, prompts[1]!), await user.send(conversation, prompts[2]!)];
    for (const { turnId } of [first, ...others]) expect((await user.ended(turnId)).status).toBe('completed');
    const calls = (await endpoint.calls()).filter(({ prompt }) => prompts.includes(prompt));
    expect(calls.map(({ prompt }) => prompt)).toEqual(prompts);
    expect((await user.store.snapshots.conversation(conversation, 0)).conversation.paused).toBe(false);
  });
}
