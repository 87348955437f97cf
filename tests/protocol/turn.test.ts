import { describe, expect, test } from 'vitest';
import { isOutcome, lineOf } from '#lib/protocol/turn.ts';

const tree = new Map(
  [
    { id: 'a', parentId: null },
    { id: 'b', parentId: 'a' },
    { id: 'c', parentId: 'b' },
    { id: 'b2', parentId: 'a' },
    { id: 'orphan', parentId: 'not loaded' },
    { id: 'child', parentId: 'orphan' },
  ].map((turn) => [turn.id, turn]),
);
const line = (head: string | null) => lineOf(tree, head).map((turn) => turn.id);

describe('lineOf', () => {
  test('a line goes from the root to its head, past no other branch', () => {
    expect(line('c')).toEqual(['a', 'b', 'c']);
    expect(line('b2')).toEqual(['a', 'b2']);
  });

  test('it ends early where an older page is not loaded', () => {
    expect(line('child')).toEqual(['orphan', 'child']);
  });

  test('[WAIT3] it ends where a turn stands above itself: only some rows of a move have come', () => {
    const turns = new Map([
      ['x', { id: 'x', parentId: 'y' }],
      ['y', { id: 'y', parentId: 'x' }],
    ]);
    expect(lineOf(turns, 'x').map(({ id }) => id)).toEqual(['y', 'x']);
  });

  test('without a head, or with one that is not loaded, it is empty', () => {
    expect(line(null)).toEqual([]);
    expect(line('elsewhere')).toEqual([]);
  });
});

test('[ROW3] four states are outcomes', () => {
  const states = ['queued', 'running', 'completed', 'stopped', 'interrupted', 'failed'] as const;
  expect(states.filter(isOutcome)).toEqual(['completed', 'stopped', 'interrupted', 'failed']);
});
