import { expect, test } from 'vitest';
import { createListStore } from '#app/_client/list-store.ts';
import type { ListEntry } from '#lib/protocol/message.ts';
import { fakeGateway, onDemand, taken, type Calls } from './fakes.ts';

function listOf() {
  const fake = fakeGateway();
  const reads: Calls<'conversations'> = onDemand();
  const pauses = onDemand<[number], void>();
  const store = createListStore({ api: { conversations: reads.call }, gateway: fake.gateway, pause: pauses.call });
  const titles = () => store.state.get()?.map(({ title }) => title);
  return { ...fake, store, reads, pauses, titles };
}

const entry = (id: string, listRev: number, fields: Partial<ListEntry> = {}): ListEntry => ({
  id,
  title: id,
  updatedAt: '2026-01-01T00:00:00.000Z',
  listRev,
  deleted: false,
  ...fields,
});

test('the list is read over HTTP first, so that it is there with the gateway away', async () => {
  const { store, reads, titles } = listOf();
  store.start();
  expect(titles()).toBeUndefined();
  await reads.answer(taken([entry('old', 1), entry('new', 2)]));
  expect(titles()).toEqual(['new', 'old']);
});

test('[GW3] changes are applied where they continue, ignored where they are known, asked for where they leave a gap', async () => {
  const { store, subscribes, link, emit, titles } = listOf();
  store.start();
  link.set('connected');
  expect(await subscribes.answer({ rev: 4, conversations: [entry('a', 1)] })).toEqual([{ list: true, sinceRev: 0 }]);
  emit('listChanged', { from: 4, to: 5, conversations: [entry('b', 2), entry('a', 1, { title: 'renamed' })] });
  expect(titles()).toEqual(['b', 'renamed']);
  emit('listChanged', { from: 3, to: 5, conversations: [entry('a', 9)] });
  expect(titles()).toEqual(['b', 'renamed']);
  emit('listChanged', { from: 8, to: 9, conversations: [entry('c', 3)] });
  expect(titles()).toEqual(['b', 'renamed']);
  const deleted = entry('b', 2, { deleted: true });
  expect(await subscribes.answer({ rev: 9, conversations: [deleted, entry('c', 3)] })).toEqual([
    { list: true, sinceRev: 5 },
  ]);
  expect(titles()).toEqual(['c', 'renamed']);
});

test('a slow HTTP answer does not undo what the socket told', async () => {
  const { store, reads, subscribes, link, titles } = listOf();
  store.start();
  link.set('connected');
  await subscribes.answer({ rev: 4, conversations: [entry('new', 1)] });
  await reads.answer(taken([entry('old', 1)]));
  expect(titles()).toEqual(['new']);
});

test('[GW3] an answer that changes have overtaken does not take them back', async () => {
  const { store, subscribes, link, emit, titles } = listOf();
  store.start();
  link.set('connected');
  await subscribes.answer({ rev: 4, conversations: [entry('a', 1)] });
  emit('listChanged', { from: 6, to: 7, conversations: [] });
  // It is on its way when what was missing comes by itself.
  emit('listChanged', { from: 4, to: 7, conversations: [entry('a', 2, { title: 'renamed' })] });
  await subscribes.answer({ rev: 5, conversations: [entry('a', 1)] });
  expect(titles()).toEqual(['renamed']);
});

test('a gap seen while a subscribe is in flight is asked for after its answer', async () => {
  const { store, subscribes, link, emit } = listOf();
  store.start();
  link.set('connected');
  emit('listChanged', { from: 6, to: 7, conversations: [entry('b', 1)] });
  expect(subscribes.asked).toHaveLength(1);
  await subscribes.answer({ rev: 6, conversations: [] });
  expect(subscribes.asked).toEqual([[{ list: true, sinceRev: 6 }]]);
});
