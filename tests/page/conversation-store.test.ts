import { expect, test } from 'vitest';
import { createConversationStore } from '#app/_client/conversation-store.ts';
import {
  CONVERSATION,
  conversation,
  fakeGateway,
  onDemand,
  refused,
  settled,
  taken,
  turn,
  type Calls,
} from './fakes.ts';

function storeOf({ isNew = false } = {}) {
  const fake = fakeGateway();
  const pages: Calls<'page'> = onDemand();
  const places: Calls<'findTurn'> = onDemand();
  const pauses = onDemand<[number], void>();
  const frames: (() => void)[] = [];
  const store = createConversationStore({
    id: CONVERSATION,
    isNew,
    api: { page: pages.call, findTurn: places.call },
    gateway: fake.gateway,
    nextFrame: (run) => void frames.push(run),
    pause: pauses.call,
  });
  const drawFrame = () => frames.splice(0).forEach((run) => run());
  return { ...fake, store, pages, places, pauses, drawFrame };
}

const page = (turns = [turn('a')], rev = 1) =>
  taken({ conversation: conversation({ rev, head: turns.at(-1)?.id ?? null }), turns, hasMore: false, branches: [] });

const words = (seq: number, delta: string) => ({
  conversationId: CONVERSATION,
  turnId: 'a',
  from: seq,
  to: seq,
  events: [{ step: 0, chunk: { type: 'text-delta' as const, id: '0', delta } }],
});

test('[VIEW1] a conversation is read over HTTP first, then subscribed from the rev that was read', async () => {
  const { store, pages, subscribes, link } = storeOf();
  store.start();
  link.set('connected');
  expect(subscribes.asked).toEqual([]);
  await pages.answer(page([turn('a')], 7));
  expect(store.state.get()).toMatchObject({ reading: 'read', view: { rev: 7 } });
  expect(subscribes.asked).toEqual([[{ conversationId: CONVERSATION, sinceRev: 7 }]]);
});

test('a new conversation has nothing to read: it is subscribed as soon as the socket is there', () => {
  const { store, pages, subscribes, link } = storeOf({ isNew: true });
  store.start();
  expect(subscribes.asked).toEqual([]);
  link.set('connected');
  expect(subscribes.asked).toHaveLength(1);
  expect(pages.asked).toEqual([]);
});

test('with the server away the reading is tried again, while the socket already serves', async () => {
  const { store, pages, pauses, subscribes, link, drawFrame } = storeOf();
  store.start();
  link.set('connected');
  await pages.answer(refused(0));
  expect(store.state.get().reading).toBe('unreachable');
  expect(subscribes.asked).toHaveLength(1);
  await pauses.answer();
  await pages.answer(page());
  drawFrame();
  expect(store.state.get().reading).toBe('read');
});

test('an id that the server does not know is missing, and not asked for again', async () => {
  const { store, pages, pauses } = storeOf();
  store.start();
  await pages.answer(refused(404));
  expect(store.state.get().reading).toBe('missing');
  expect([pages.asked, pauses.asked]).toEqual([[], []]);
});

test('[VIEW6] a reconnect asks again from what is known, and the late answer of the old connection is ignored', async () => {
  const { store, pages, subscribes, link, drawFrame } = storeOf();
  store.start();
  link.set('connected');
  await pages.answer(page([turn('a')], 1));
  link.set('disconnected');
  link.set('connected');
  expect(subscribes.asked).toHaveLength(2);
  await subscribes.answer({ conversation: conversation({ rev: 99 }), turns: [], live: null });
  drawFrame();
  expect(store.state.get().view.rev).toBe(1);
  await subscribes.answer({ conversation: conversation({ rev: 2, head: 'a' }), turns: [], live: null });
  drawFrame();
  expect(store.state.get().view.rev).toBe(2);
});

test('a subscribe that is not answered is asked again after a pause; one whose connection went is not', async () => {
  const { store, subscribes, pauses, link } = storeOf({ isNew: true });
  store.start();
  link.set('connected');
  await subscribes.answer({ error: { code: 'unanswered', message: 'away' } });
  await pauses.answer();
  expect(subscribes.asked).toHaveLength(1);
  await subscribes.answer(null);
  expect([subscribes.asked, pauses.asked]).toEqual([[], []]);
});

test('any number of events costs one drawing a frame, and the first of a frame none of waiting', async () => {
  const { store, pages, subscribes, link, emit, drawFrame } = storeOf();
  store.start();
  link.set('connected');
  await pages.answer(page([turn('a', { status: 'running' })]));
  await subscribes.answer({ conversation: conversation({ head: 'a' }), turns: [], live: null });
  drawFrame();
  drawFrame();
  let drawings = 0;
  store.state.watch(() => drawings++);
  const begin = { ...words(1, ''), events: [{ step: 0, chunk: { type: 'text-start' as const, id: '0' } }] };
  emit('eventsAppended', begin);
  expect(drawings).toBe(1);
  for (let seq = 2; seq <= 100; seq++) emit('eventsAppended', words(seq, 'word '));
  expect(drawings).toBe(1);
  drawFrame();
  expect(drawings).toBe(2);
  expect(store.state.get().view.live?.reply.seq).toBe(100);
});

test('messages of another conversation are not for this one', async () => {
  const { store, subscribes, link, emit } = storeOf({ isNew: true });
  store.start();
  link.set('connected');
  await subscribes.answer({ conversation: conversation({ rev: 0 }), turns: [], live: null });
  emit('tipReached', { conversationId: 'another', rev: 5, live: null });
  expect(subscribes.asked).toEqual([]);
  emit('tipReached', { conversationId: CONVERSATION, rev: 5, live: null });
  expect(subscribes.asked).toHaveLength(1);
});

test('a turn from the answer to a send is drawn at once; without a socket the page is read for the rest', async () => {
  const { store, pages, link } = storeOf({ isNew: true });
  store.start();
  link.set('connected');
  void store.told([turn('a', { status: 'queued' })]);
  expect([...store.state.get().view.turns.keys()]).toEqual(['a']);
  expect(pages.asked).toEqual([]);
  link.set('disconnected');
  void store.told([turn('b', { status: 'queued', rev: 2 })]);
  await pages.answer(page([turn('a'), turn('b', { rev: 2 })], 2));
  expect(pages.asked).toEqual([]);
});

test('[TREE2] a branch that another tab chose is read once, and again after trouble', async () => {
  const { store, pages, pauses, subscribes, link, emit, drawFrame } = storeOf();
  store.start();
  link.set('connected');
  await pages.answer(page([turn('a')], 1));
  await subscribes.answer({ conversation: conversation({ rev: 1, head: 'a' }), turns: [], live: null });
  const chosen = conversation({ rev: 2, head: 'b' });
  emit('turnsChanged', { conversationId: CONVERSATION, from: 1, to: 2, conversation: chosen, turns: [] });
  emit('tipReached', { conversationId: CONVERSATION, rev: 2, live: null });
  expect(pages.asked).toHaveLength(1);
  await pages.answer(refused(0));
  await pauses.answer();
  await pages.answer(page([turn('b')], 2));
  drawFrame();
  expect([...store.state.get().view.turns.keys()]).toEqual(['a', 'b']);
  expect([pages.asked, pauses.asked]).toEqual([[], []]);
});

test('what was asked before the page left the conversation is not acted on after it', async () => {
  const { store, subscribes, pauses, link } = storeOf({ isNew: true });
  const stop = store.start();
  link.set('connected');
  stop();
  await subscribes.answer({ error: { code: 'unanswered', message: 'away' } });
  await settled();
  expect([subscribes.asked, pauses.asked]).toEqual([[], []]);
});
