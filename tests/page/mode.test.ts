import { expect, test } from 'vitest';
import type { Entry } from '#app/_client/entry.ts';
import { modeOf, stopTargetOf } from '#app/_client/mode.ts';
import type { Sending } from '#app/_client/outbox.ts';
import type { Turn } from '#lib/protocol/turn.ts';
import { CONVERSATION, turn } from './fakes.ts';

const NOW = Date.parse('2026-01-01T00:00:10.000Z');
const secondsAgo = (seconds: number) => new Date(NOW - seconds * 1_000).toISOString();

const taken = (id: string, fields: Partial<Turn>): Entry => ({ id, turn: turn(id, fields) });
const interjected = (seconds: number) =>
  taken('a', { status: 'queued', mode: 'interject', createdAt: secondsAgo(seconds) });
const sending = (id: string, fields: Partial<Sending> = {}): Entry => ({
  id,
  sending: {
    id,
    conversationId: CONVERSATION,
    prompt: 'hello',
    mode: 'queue',
    createdAt: secondsAgo(0),
    refused: null,
    trouble: null,
    ...fields,
  },
});

test('a message interjects while its reader sees a turn running', () => {
  expect(modeOf([taken('a', { status: 'completed' })], NOW)).toBe('queue');
  expect(modeOf([taken('a', { status: 'running' })], NOW)).toBe('interject');
  expect(modeOf([taken('a', { status: 'queued' })], NOW)).toBe('queue');
});

test('[IJ3] it interjects before an interjection that waits, for two seconds', () => {
  expect(modeOf([interjected(1.9)], NOW)).toBe('interject');
  expect(modeOf([interjected(2)], NOW)).toBe('queue');
});

test('[CLK2] [IJ3] one from before the clock went back is spared, as the store spares it', () => {
  expect(modeOf([interjected(-3_600)], NOW)).toBe('queue');
});

test('an interjection that is still on its way counts as one that waits; a refused one does not', () => {
  expect(modeOf([sending('a', { mode: 'interject' })], NOW)).toBe('interject');
  expect(modeOf([sending('a', { mode: 'interject', refused: 'no' })], NOW)).toBe('queue');
  expect(modeOf([sending('a', { mode: 'queue' })], NOW)).toBe('queue');
});

test('[STOP4] Stop ends the running turn, else the first that waits, else the one on its way', () => {
  const ended = taken('ended', { status: 'completed' });
  const running = taken('running', { status: 'running' });
  const waiting = taken('waiting', { status: 'queued' });
  expect(stopTargetOf([ended, running, waiting, sending('sent')])).toBe('running');
  expect(stopTargetOf([ended, waiting, sending('sent')])).toBe('waiting');
  expect(stopTargetOf([ended, sending('refused', { refused: 'no' }), sending('sent')])).toBe('sent');
  expect(stopTargetOf([ended])).toBe(null);
});
