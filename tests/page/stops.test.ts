import { expect, test } from 'vitest';
import { createStops } from '#app/_client/stops.ts';
import { wordsForStopping } from '#app/_client/waiting.ts';
import type { Turn } from '#lib/protocol/turn.ts';
import { CONVERSATION, onDemand, refused, settled, taken, turn, type Calls } from './fakes.ts';

function stopsOf() {
  const calls: Calls<'stop'> = onDemand();
  const pauses = onDemand<[number], void>();
  const stopped: Turn[] = [];
  const stops = createStops({ api: { stop: calls.call }, pause: pauses.call, onStopped: (turn) => stopped.push(turn) });
  void stops.stop(CONVERSATION, 'a');
  return { stops, calls, pauses, stopped };
}

// 404: a proxy's own, whose server is away.
test.each([0, 401, 403, 404, 429, 503])(
  '[PAGE6] a Stop that was not carried out (%i) says why, and is tried until it is',
  async (status) => {
    const { stops, calls, pauses, stopped } = stopsOf();
    expect([...stops.pending.get()]).toEqual([['a', null]]);
    await calls.answer(refused(status, 'Not now.'));
    expect([...stops.pending.get()]).toEqual([['a', 'Not now.']]);
    expect(await pauses.answer()).toEqual([0]);
    await calls.answer(taken(turn('a', { status: 'stopped' })));
    expect(stopped.map(({ id }) => id)).toEqual(['a']);
    expect(stops.pending.get().size).toBe(0);
  },
);

test('a Stop in a conversation that is gone has nothing left to do', async () => {
  const { stops, calls, pauses } = stopsOf();
  await calls.answer(refused(404, 'There is no such conversation.', 'not_found'));
  expect(stops.pending.get().size).toBe(0);
  expect(pauses.asked).toEqual([]);
});

test('a turn is asked to stop once, however often the button is pressed', async () => {
  const { stops, calls } = stopsOf();
  void stops.stop(CONVERSATION, 'a');
  await settled();
  expect(calls.asked).toEqual([[CONVERSATION, 'a']]);
});

test('[PAGE6] what became of a Stop is said in words', () => {
  expect(wordsForStopping(null)).toBe('Stopping…');
  expect(wordsForStopping('Away.')).toBe('Not stopped yet. Away. That is tried again by itself.');
});
