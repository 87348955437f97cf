import { expect, test } from 'vitest';
import { entriesOf, trayOf } from '#app/_client/line.ts';
import type { Sending } from '#app/_client/outbox.ts';
import { emptyView, type View } from '#lib/protocol/reduce.ts';
import type { Turn } from '#lib/protocol/turn.ts';
import { CONVERSATION, conversation, turn } from './fakes.ts';

const viewOf = (head: string | null, rev: number, turns: Turn[]): View => ({
  ...emptyView(CONVERSATION),
  conversation: conversation({ head, rev }),
  rev,
  turns: new Map(turns.map((one) => [one.id, one])),
});

const sending = (id: string, fields: Partial<Sending> = {}): Sending => ({
  id,
  conversationId: CONVERSATION,
  prompt: 'hello',
  mode: 'queue',
  createdAt: '2026-01-01T00:00:00.000Z',
  refused: null,
  trouble: null,
  ...fields,
});

const ids = (view: View, outbox: Sending[] = []) => entriesOf(view, outbox).map(({ id }) => id);
const a = turn('a');
const b = turn('b', { parentId: 'a' });

test('the line is that of the head, and what is on its way stands after it', () => {
  expect(ids(viewOf('b', 1, [a, b, turn('branch')]), [sending('c')])).toEqual(['a', 'b', 'c']);
});

test('messages on their way to another conversation stand there', () => {
  expect(ids(viewOf('a', 1, [a]), [sending('c', { conversationId: 'another' })])).toEqual(['a']);
});

test('a turn that only an answer told of stands in the line before its row came', () => {
  const told = turn('c', { parentId: 'b', rev: 2, status: 'queued' });
  expect(ids(viewOf('b', 1, [a, b, told]), [sending('c')])).toEqual(['a', 'b', 'c']);
  expect(ids({ ...emptyView(CONVERSATION), turns: new Map([['a', a]]) })).toEqual(['a']);
});

test('a turn of the line that was told to be stopped leaves the line as it is', () => {
  const stopped = { ...a, status: 'stopped' as const, rev: 2 };
  expect(ids(viewOf('b', 1, [stopped, b]))).toEqual(['a', 'b']);
});

test('[SEND4] a retry stands in the place of the turn that it retries', () => {
  expect(ids(viewOf('b', 1, [a, b]), [sending('again', { parentId: 'a' })])).toEqual(['a', 'again']);
  expect(ids(viewOf('a', 1, [a]), [sending('again', { parentId: null })])).toEqual(['again']);
});

test('[PAGE3] what waits behind the first open turn stands in the tray; an interjection and what was refused do not', () => {
  const line = [
    a,
    turn('running', { parentId: 'a', status: 'running' }),
    turn('now', { parentId: 'running', status: 'queued', mode: 'interject' }),
    turn('later', { parentId: 'now', status: 'queued' }),
  ];
  const entries = entriesOf(viewOf('later', 1, line), [sending('sent'), sending('refused', { refused: 'no' })]);
  const { transcript, tray } = trayOf(entries);
  expect(transcript.map(({ id }) => id)).toEqual(['a', 'running', 'now', 'refused']);
  expect(tray.map(({ id }) => id)).toEqual(['later', 'sent']);
  const alone = entriesOf(viewOf('b', 1, [a, turn('b', { parentId: 'a', status: 'queued' })]), []);
  expect(trayOf(alone).tray).toEqual([]);
});
