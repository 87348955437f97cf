import { expect, test } from 'vitest';
import { carriedFrom, hasWork, initialState, next, park, request, runFirst, stop } from '#worker/workflows/state.ts';

const requested = (turnId: string, ...ended: string[]) => ({ turnId, ended });

/** A workflow that runs the first of these turns; the others wait. */
function running(...turnIds: string[]) {
  const state = initialState();
  for (const turnId of turnIds) request(state, requested(turnId));
  next(state);
  return state;
}

test('[WF1] turns run one at a time, in the order they came', () => {
  const state = running('a', 'b', 'c');
  expect(next(state)).toEqual({ turnId: 'a', step: 0 });
  expect(state.queue).toEqual(['b', 'c']);
  state.current = null;
  expect(next(state)).toEqual({ turnId: 'b', step: 0 });
  state.current = null;
  next(state);
  state.current = null;
  expect(hasWork(state)).toBe(false);
  expect(next(state)).toBeNull();
});

test('[WF2] a doubled signal neither runs nor queues a turn twice', () => {
  const state = running('a', 'b');
  for (const turnId of ['a', 'b', 'a']) expect(request(state, requested(turnId))).toBe(false);
  expect(state.current?.turnId).toBe('a');
  expect(state.queue).toEqual(['b']);
});

test('[IJ4] an interjection cuts the step of a turn that it ended, and waits itself', () => {
  const state = running('a', 'b');
  expect(request(state, requested('i', 'a'))).toBe(true);
  expect(state.current).toBeNull();
  expect(state.queue).toEqual(['b', 'i']);
});

test('[IJ4] a late or doubled signal cuts no turn that it did not end', () => {
  const state = running('a');
  request(state, requested('i', 'a'));
  next(state);
  expect(request(state, requested('i', 'a'))).toBe(false);
  expect(state.current?.turnId).toBe('i');
  state.current = null;
  request(state, requested('b'));
  next(state);
  expect(request(state, requested('i', 'a'))).toBe(false);
  expect(state.current).toMatchObject({ turnId: 'b' });
});

test('a Stop cuts its own turn only, and takes a waiting one out of the queue', () => {
  const state = running('a', 'b', 'c');
  expect(stop(state, { turnId: 'b' })).toBe(false);
  expect(state.current?.turnId).toBe('a');
  expect(state.queue).toEqual(['c']);
  expect(stop(state, { turnId: 'unknown' })).toBe(false);
  expect(stop(state, { turnId: 'a' })).toBe(true);
  expect(state.current).toBeNull();
  expect(stop(state, { turnId: 'a' })).toBe(false);
  expect(next(state)?.turnId).toBe('c');
});

test('[LOG1] the turn that the store names goes first, then the one that asked, each once', () => {
  const state = running('c', 'a', 'b', 'c');
  runFirst(state, 'a', 'c');
  expect(state.current).toBeNull();
  expect(state.queue).toEqual(['a', 'c', 'b']);
});

test('[WF6] a paused turn goes back to the head and waits for the next request', () => {
  const state = running('a', 'b');
  park(state, 'a', state.requests);
  expect(hasWork(state)).toBe(false);
  expect(next(state)).toBeNull();
  expect(state.queue).toEqual(['a', 'b']);
  request(state, requested('c'));
  expect(next(state)?.turnId).toBe('a');
  expect(state.queue).toEqual(['b', 'c']);
});

test('[WF6] a request that came while the step asked ends the pause at once', () => {
  const state = running('a');
  const before = state.requests;
  request(state, requested('b'));
  park(state, 'a', before);
  expect(hasWork(state)).toBe(true);
  expect(next(state)?.turnId).toBe('a');
});

test('[WF6] a Stop does not end a pause', () => {
  const state = running('a', 'b');
  park(state, 'a', state.requests);
  stop(state, { turnId: 'a' });
  expect(hasWork(state)).toBe(false);
  expect(state.queue).toEqual(['b']);
});

test('[WF5] a run carries its queue and its current step to the next, and nothing that either changes later', () => {
  const state = running('a', 'b');
  state.current!.step = 2;
  const carried = carriedFrom(state);
  request(state, requested('c'));
  const after = initialState(structuredClone(carried));
  expect(after.queue).toEqual(['b']);
  expect(next(after)).toEqual({ turnId: 'a', step: 2 });
});
