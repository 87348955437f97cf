import { expect, test } from 'vitest';
import { noticesOf } from '#app/_client/notices.ts';
import { wordsForRetry, wordsForWaiting } from '#app/_client/waiting.ts';
import type { Health } from '#lib/protocol/message.ts';
import { turn } from './fakes.ts';

const OK = { state: 'ok' } as const;
const healthy: Health = { status: 'ok', store: OK, gateway: OK, temporal: OK, worker: OK, model: OK };

const keys = (health: Partial<Health>, link: 'connected' | 'disconnected' = 'connected') =>
  noticesOf(link, { health: { ...healthy, ...health }, isReachable: true }).map(({ key }) => key);
const away = { state: 'away' } as const;

test('nothing is said while all is well, nor before anything is known', () => {
  expect(keys({})).toEqual([]);
  expect(noticesOf('connecting', { health: null, isReachable: true })).toEqual([]);
});

test('a cause is said and not what follows from it', () => {
  expect(noticesOf('disconnected', { health: healthy, isReachable: false }).map(({ key }) => key)).toEqual(['server']);
  expect(keys({}, 'disconnected')).toEqual(['link']);
  expect(keys({ gateway: away, worker: away, model: away }, 'disconnected')).toEqual(['worker']);
  expect(keys({ temporal: away, worker: away })).toEqual(['temporal']);
  expect(keys({ temporal: away, gateway: away, worker: away })).toEqual(['temporal', 'worker']);
});

const aboutModel = (model: Health['model']) =>
  noticesOf('connected', { health: { ...healthy, model }, isReachable: true })[0]?.words;

test('the model says how far its download is, or how to get one', () => {
  expect(aboutModel({ state: 'starting', percent: 41.7 })).toBe(
    'The model is being downloaded: 41\u00a0%. Messages wait for it.',
  );
  expect(aboutModel({ state: 'unavailable', detail: 'Three ways out.' })).toBe('Three ways out.');
});

test('a turn says what it waits for: the one before it, a pause, what is away, the model', () => {
  const queued = turn('a', { status: 'queued' });
  const words = (health: Partial<Health>, { isFirst = true, isPaused = false } = {}) =>
    wordsForWaiting(queued, isFirst, isPaused, { ...healthy, ...health });
  expect(words({}, { isFirst: false })).toBe('Waiting its turn');
  expect(words({}, { isPaused: true })).toBe('Waiting: this conversation is paused');
  expect(words({ temporal: away })).toBe('Kept, and answered once Temporal is back');
  expect(words({ worker: away })).toBe('Kept, and answered once the worker is back');
  expect(words({ model: { state: 'starting', percent: 5 } })).toBe('Waiting for the model: 5\u00a0% downloaded');
  expect(words({})).toBe('Waiting to begin…');
  expect(wordsForWaiting(turn('a', { status: 'running' }), true, false, null)).toBe('Waiting for the model…');
});

test('[LOG10] a retry says when, why, and which attempt it is', () => {
  const retry = { code: 'x', message: 'The model is overloaded.', at: '2026-01-01T00:00:05.000Z', tries: 1 };
  expect(wordsForRetry(retry, Date.parse('2026-01-01T00:00:02.100Z'))).toBe(
    'Trying again in 3 s: The model is overloaded. (attempt 2 of 3)',
  );
});
