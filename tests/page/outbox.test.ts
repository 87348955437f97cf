import { expect, test } from 'vitest';
import { createOutbox } from '#app/_client/outbox.ts';
import type { Turn } from '#lib/protocol/turn.ts';
import { CONVERSATION, fakeStorage, onDemand, refused, settled, taken, turn, type Calls } from './fakes.ts';

function outboxOf(storage = fakeStorage()) {
  const sends: Calls<'send'> = onDemand();
  const pauses = onDemand<[number], void>();
  const accepted: Turn[] = [];
  const outbox = createOutbox({
    api: { send: sends.call },
    storage,
    pause: pauses.call,
    onAccepted: (taken) => accepted.push(taken),
  });
  const say = (prompt: string, conversationId = CONVERSATION) => outbox.send({ conversationId, prompt, mode: 'queue' });
  return { outbox, sends, pauses, accepted, storage, say };
}

const told = (id: string) => taken({ ...turn(id), ended: [] });

test('a message is kept before it goes out, and forgotten once it is accepted', async () => {
  const { outbox, sends, accepted, storage, say } = outboxOf();
  say('hello');
  expect([...storage.kept.values()]).toMatchObject([{ prompt: 'hello' }]);
  const { id } = outbox.state.get()[0]!;
  expect(sends.asked).toEqual([[{ id, conversationId: CONVERSATION, prompt: 'hello', mode: 'queue' }]]);
  await sends.answer(told(id));
  expect(accepted.map((turn) => turn.id)).toEqual([id]);
  expect(outbox.state.get()).toEqual([]);
  expect(storage.kept.size).toBe(0);
});

test.each([0, 429, 500, 503])(
  '[SEND2] after a passing trouble (%i) the same message goes again, with growing pauses',
  async (status) => {
    const { outbox, sends, pauses, say } = outboxOf();
    say('hello');
    const [first] = await sends.answer(refused(status, 'away'));
    expect(outbox.state.get()).toMatchObject([{ trouble: 'away', refused: null }]);
    expect(await pauses.answer()).toEqual([0]);
    const [second] = await sends.answer(refused(status, 'away'));
    expect(second).toEqual(first);
    expect(await pauses.answer()).toEqual([1]);
    await sends.answer(told(first.id));
    expect(outbox.state.get()).toEqual([]);
  },
);

test('a refused message stays with the reason, and does not hold up the next one', async () => {
  const { outbox, sends, storage, say } = outboxOf();
  say('first');
  say('second');
  const [first] = await sends.answer(refused(413, 'too long'));
  expect(outbox.state.get()[0]).toMatchObject({ prompt: 'first', refused: 'too long' });
  expect(storage.kept.get(first.id)).toMatchObject({ refused: 'too long' });
  const [second] = await sends.answer(told(outbox.state.get()[1]!.id));
  expect(second.prompt).toBe('second');
  expect(outbox.state.get().map(({ prompt }) => prompt)).toEqual(['first']);
});

test('a refused message goes again under the same id when its user says so, or is discarded', async () => {
  const { outbox, sends, storage, say } = outboxOf();
  say('hello');
  const [first] = await sends.answer(refused(410));
  outbox.tryAgain(first.id);
  const [second] = await sends.answer(refused(410));
  expect(second.id).toBe(first.id);
  outbox.discard(first.id);
  expect(outbox.state.get()).toEqual([]);
  expect(storage.kept.size).toBe(0);
});

test('[PAGE4] one that was discarded while it was asked for does not come back with its refusal', async () => {
  const { outbox, sends, storage, say } = outboxOf();
  say('hello');
  outbox.discard(outbox.state.get()[0]!.id);
  await sends.answer(refused(410, 'gone'));
  expect(storage.kept.size).toBe(0);
  expect(outbox.state.get()).toEqual([]);
});

test('messages of one conversation go one after the other; another conversation does not wait for them', async () => {
  const { outbox, sends, say } = outboxOf();
  say('first');
  say('second');
  say('elsewhere', '0193fb4e-0000-7000-8000-000000000001');
  await settled();
  expect(sends.asked.map(([sent]) => sent.prompt)).toEqual(['first', 'elsewhere']);
  await sends.answer(told(outbox.state.get()[0]!.id));
  expect(sends.asked.map(([sent]) => sent.prompt)).toEqual(['elsewhere', 'second']);
});

test('after a reload what was not accepted goes out again, in its order; what was refused waits for its user', async () => {
  const before = outboxOf();
  before.say('refused');
  before.say('lost');
  before.say('behind it');
  await before.sends.answer(refused(400, 'no'));
  const after = outboxOf(before.storage);
  after.outbox.resume();
  expect(after.outbox.state.get().map(({ prompt, refused }) => [prompt, refused])).toEqual([
    ['refused', 'no'],
    ['lost', null],
    ['behind it', null],
  ]);
  expect(after.sends.asked.map(([sent]) => sent.prompt)).toEqual(['lost']);
});

test('a retry carries its parent, also where that is the root', async () => {
  const { outbox, sends } = outboxOf();
  outbox.send({ conversationId: CONVERSATION, prompt: 'again', mode: 'queue', parentId: null });
  expect(sends.asked[0]![0]).toMatchObject({ parentId: null });
});

test('[SET1] the settings of a conversation that begins go with its first message, and are kept with it', () => {
  const { outbox, sends, storage } = outboxOf();
  const settings = { model: 'one', temperature: 0.5 };
  outbox.send({ conversationId: CONVERSATION, prompt: 'hello', mode: 'queue', settings });
  expect(sends.asked[0]![0]).toMatchObject({ settings });
  expect([...storage.kept.values()]).toMatchObject([{ settings }]);
});
