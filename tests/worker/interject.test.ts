import { v7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startParley, type Parley } from '#tests/support/parley.ts';
import { expectedReply } from '#tests/support/scenario-options.ts';

let parley: Parley;
beforeAll(async () => {
  parley = await startParley();
});
afterAll(() => parley.close());

const messagesOf = async (prompt: string) => {
  const call = await parley.endpoint.until((calls) => calls.findLast((known) => known.prompt === prompt));
  return call.body.messages.map(({ role, content }) => ({ role, content: String(content) }));
};

async function streaming(seed: number) {
  const conversation = v7();
  const prompt = `scenario:endless rate=300 seed=${seed}`;
  const { turnId } = await parley.user.send(conversation, prompt);
  await parley.user.when(turnId, ({ reply }) => reply.length > 60);
  return { conversation, prompt, turnId };
}

test('[IJ1] an interjection ends the running turn in its answer, keeps its text and is answered next', async () => {
  const { user, endpoint } = parley;
  const { conversation, prompt, turnId } = await streaming(201);
  const turned = 'scenario:steady tokens=12 seed=202';
  const sent = await user.send(conversation, turned, { mode: 'interject' });
  expect(sent.ended).toEqual([turnId]);
  const cut = await user.turn(turnId);
  expect(cut.status).toBe('interrupted');
  expect(await user.ended(sent.turnId)).toMatchObject({
    status: 'completed',
    reply: expectedReply(turned),
    parentId: turnId,
  });
  const call = await endpoint.until((calls) => calls.find((known) => known.prompt === prompt && known.endedBy));
  expect(call.endedBy).toBe('client');
  expect(await user.turn(turnId)).toEqual(cut);
  expect(cut.reply).not.toBe('');
  expect(expectedReply(prompt, { tokens: call.tokensSent }).startsWith(cut.reply)).toBe(true);
});

test('[CTX2] the model is told of the cut reply, and that it was cut', async () => {
  const { user } = parley;
  const { conversation, prompt, turnId } = await streaming(211);
  const turned = 'scenario:steady tokens=3 seed=212';
  const sent = await user.send(conversation, turned, { mode: 'interject' });
  await user.ended(sent.turnId);
  const { reply } = await user.turn(turnId);
  const messages = await messagesOf(turned);
  expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
  expect(messages[0]!.content).toBe(prompt);
  expect(messages[1]!.content.startsWith(reply)).toBe(true);
  expect(messages[1]!.content.slice(reply.length)).toMatch(/interrupted/i);
  expect(messages[2]!.content).toBe(turned);
});

test('[IJ1] three interjections at once: the last is answered, those before it are interrupted', async () => {
  const { user, endpoint } = parley;
  const { conversation, turnId } = await streaming(221);
  const prompts = [222, 223, 224].map((seed) => `scenario:steady tokens=5 rate=20 seed=${seed}`);
  const sent = await Promise.all(prompts.map((prompt) => user.send(conversation, prompt, { mode: 'interject' })));
  const turns = await Promise.all(sent.map((one) => user.ended(one.turnId)));
  const byOrder = turns.toSorted((a, b) => a.order - b.order);
  expect(byOrder.map(({ status }) => status)).toEqual(['interrupted', 'interrupted', 'completed']);
  const last = byOrder[2]!;
  expect(last.reply).toBe(expectedReply(last.prompt));
  expect((await user.turn(turnId)).status).toBe('interrupted');
  expect(sent.flatMap(({ ended }) => ended).toSorted()).toEqual([turnId, byOrder[0]!.id, byOrder[1]!.id].toSorted());
  // Each once in the line, a pair each, and the prompt last.
  const messages = await messagesOf(last.prompt);
  expect(messages.map(({ role }) => role)).toEqual([...Array(3).fill(['user', 'assistant']).flat(), 'user']);
  expect(
    messages
      .filter(({ role }) => role === 'user')
      .slice(1)
      .map(({ content }) => content),
  ).toEqual(byOrder.map(({ prompt }) => prompt));
  for (const { content } of messages.filter(({ role }) => role === 'assistant'))
    expect(content).toMatch(/interrupted/i);
  expect(await endpoint.callsOf(last.prompt)).toHaveLength(1);
});

test('[IJ2] what only waits is not ended; it is answered after the interjection and stands behind it', async () => {
  const { user } = parley;
  const { conversation, turnId } = await streaming(231);
  const queued = await user.send(conversation, 'scenario:steady tokens=4 seed=232');
  const turned = await user.send(conversation, 'scenario:steady tokens=4 seed=233', { mode: 'interject' });
  expect(turned.ended).toEqual([turnId]);
  expect((await user.ended(queued.turnId)).status).toBe('completed');
  const messages = await messagesOf('scenario:steady tokens=4 seed=232');
  expect(messages.filter(({ role }) => role === 'user').map(({ content }) => content.slice(-8))).toEqual([
    'seed=231',
    'seed=233',
    'seed=232',
  ]);
  expect((await user.turn(queued.turnId)).parentId).toBe(turned.turnId);
});

test('[IJ4] a doubled signal of an interjection cuts neither itself nor the turn after it', async () => {
  const { user, endpoint } = parley;
  const { conversation } = await streaming(241);
  const itself = 'scenario:hold after=2 tokens=6 seed=242';
  const after = 'scenario:hold after=2 tokens=6 seed=243';
  const turned = await user.send(conversation, itself, { mode: 'interject' });
  await endpoint.until((calls) => calls.some((call) => call.prompt === itself && call.held));
  await user.signal(conversation, turned);
  const next = await user.send(conversation, after);
  await endpoint.release(itself);
  await endpoint.until((calls) => calls.some((call) => call.prompt === after && call.held));
  await user.signal(conversation, turned);
  await endpoint.release(after);
  for (const [{ turnId }, prompt] of [
    [turned, itself],
    [next, after],
  ] as const) {
    expect(await user.ended(turnId)).toMatchObject({ status: 'completed', reply: expectedReply(prompt) });
    expect(await endpoint.callsOf(prompt)).toHaveLength(1);
  }
});

test('[IJ4] an interjection whose signal was lost still turns the model to it', async () => {
  const { user, endpoint } = parley;
  const { conversation, prompt } = await streaming(251);
  const turned = 'scenario:steady tokens=4 seed=252';
  const sent = await user.send(conversation, turned, { mode: 'interject', signal: false });
  expect((await endpoint.until((calls) => calls.find((call) => call.prompt === prompt && call.endedBy))).endedBy).toBe(
    'client',
  );
  expect((await user.ended(sent.turnId)).reply).toBe(expectedReply(turned));
});

test('[IJ4] an interjection whose signal was lost ends the pause before another try too', async () => {
  const { user } = parley;
  const conversation = v7();
  const { turnId } = await user.send(conversation, 'scenario:fail status=503 retryAfter=25 seed=261');
  await user.when(turnId, ({ retry }) => retry !== null);
  const sent = await user.send(conversation, 'scenario:steady tokens=4 seed=262', { mode: 'interject', signal: false });
  // The pause would have lasted longer than this waits.
  expect((await user.ended(sent.turnId, 15_000)).status).toBe('completed');
  expect((await user.turn(turnId)).status).toBe('interrupted');
});
