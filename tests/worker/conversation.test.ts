import { v7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Call } from '#tests/support/call-log.ts';
import { startParley, type Parley } from '#tests/support/parley.ts';
import { expectedReply } from '#tests/support/scenario-options.ts';

let parley: Parley;
beforeAll(async () => {
  parley = await startParley();
});
afterAll(() => parley.close());

const told = ({ body }: Call) => body.messages.map(({ role, content }) => ({ role, content }));

test('[ACT1] a turn is one model call, and its reply is the provider’s text exactly', async () => {
  const { user, endpoint } = parley;
  const prompt = 'scenario:steady tokens=150 rate=400 unicode=1 seed=11';
  const { turnId } = await user.send(v7(), prompt);
  const turn = await user.ended(turnId);
  expect(turn).toMatchObject({ status: 'completed', reply: expectedReply(prompt), error: null, model: 'scripted' });
  expect(turn.usage).toEqual({ inputTokens: expect.any(Number), outputTokens: 150 });
  expect(await endpoint.callsOf(prompt)).toHaveLength(1);
});

test('[MOD3] nothing is asked of the provider but the line and, last, the prompt', async () => {
  const { user, endpoint } = parley;
  const conversation = v7();
  const prompts = ['scenario:steady tokens=9 seed=21', 'scenario:steady tokens=5 seed=22', 'scenario:burst seed=23'];
  for (const prompt of prompts) await user.ended((await user.send(conversation, prompt)).turnId);
  const [first, second, third] = prompts as [string, string, string];
  const calls = (await endpoint.calls()).filter(({ prompt }) => prompts.includes(prompt));
  expect(calls.map(({ prompt }) => prompt)).toEqual(prompts);
  expect(told(calls[2]!)).toEqual([
    { role: 'user', content: first },
    { role: 'assistant', content: expectedReply(first) },
    { role: 'user', content: second },
    { role: 'assistant', content: expectedReply(second) },
    { role: 'user', content: third },
  ]);
  expect(calls[0]!.body.tools).toBeUndefined();
});

test('[WF1] turns that wait run one after another, in the order they were taken', async () => {
  const { user, endpoint } = parley;
  const conversation = v7();
  const held = 'scenario:hold after=2 tokens=8 seed=31';
  const waiting = [32, 33, 34].map((seed) => `scenario:steady tokens=6 seed=${seed}`);
  await user.send(conversation, held);
  await endpoint.until((calls) => calls.some(({ prompt, held: isHeld }) => prompt === held && isHeld));
  const sent = [];
  for (const prompt of waiting) sent.push(await user.send(conversation, prompt));
  expect((await user.turn(sent[0]!.turnId)).status).toBe('queued');
  await endpoint.release(held);
  for (const [at, { turnId }] of sent.entries()) {
    expect((await user.ended(turnId)).reply).toBe(expectedReply(waiting[at]!));
  }
  const calls = (await endpoint.calls()).filter(({ prompt }) => [held, ...waiting].includes(prompt));
  expect(calls.map(({ prompt }) => prompt)).toEqual([held, ...waiting]);
  for (const [at, call] of calls.entries()) {
    if (at > 0) expect(call.at).toBeGreaterThanOrEqual(calls[at - 1]!.closedAt!);
  }
});

test('[LOG1] the order is the store’s, whatever order signals come in, and however often', async () => {
  const { user, endpoint } = parley;
  const conversation = v7();
  const prompts = [41, 42, 43].map((seed) => `scenario:steady tokens=4 seed=${seed}`);
  const sent = [];
  for (const prompt of prompts) sent.push(await user.send(conversation, prompt, { signal: false }));
  for (const at of [2, 1, 2, 0, 0]) await user.signal(conversation, sent[at]!);
  for (const { turnId } of sent) await user.ended(turnId);
  for (const at of [1, 2, 0]) await user.signal(conversation, sent[at]!);
  const last = await user.send(conversation, 'scenario:steady tokens=2 seed=44');
  await user.ended(last.turnId);
  const calls = (await endpoint.calls()).filter(({ prompt }) => prompts.includes(prompt));
  expect(calls.map(({ prompt }) => prompt)).toEqual(prompts);
});

test('[OB1] a turn whose signal was lost is answered all the same', async () => {
  const { user } = parley;
  const prompt = 'scenario:steady tokens=4 seed=51';
  const { turnId } = await user.send(v7(), prompt, { signal: false });
  expect((await user.ended(turnId)).reply).toBe(expectedReply(prompt));
});

test('[SEC5] no key, no prompt and no reply stands in a log', async () => {
  const { user, worker } = parley;
  const prompt = 'scenario:break after=9 times=1 seed=61 sesquipedalian';
  const turn = await user.ended((await user.send(v7(), prompt)).turnId);
  expect(worker.logged()).toContain(turn.id);
  expect(worker.logged()).not.toContain('sesquipedalian');
  expect(worker.logged()).not.toContain(turn.reply.slice(0, 20));
  expect(worker.logged()).not.toContain('sk-parley');
});
