import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isOlder, isSameFence, type Fence } from '#lib/protocol/fence.ts';

/*
 * Fences as they occur: a run has one start and steps that never go back while its activities count up; every run
 * begins at activity 1 again. A clock may have jumped between two runs, never within one.
 */
const runs = fc.uniqueArray(fc.nat(50), { minLength: 1, maxLength: 4 }).chain((starts) =>
  fc.tuple(
    ...starts.map((start) =>
      fc
        .array(fc.record({ moves: fc.boolean(), attempts: fc.integer({ min: 1, max: 3 }) }), {
          minLength: 1,
          maxLength: 4,
        })
        .map((activities) => ({ start, activities })),
    ),
  ),
);

const fences = fc.tuple(runs, fc.nat(2)).map(([all, firstStep]) =>
  all.flatMap(({ start, activities }, run) => {
    let step = run === 0 ? 0 : firstStep;
    return activities.flatMap(({ moves, attempts }, n): Fence[] => {
      if (moves) step++;
      return Array.from({ length: attempts }, (_, attempt) => ({
        runId: `run-${run}`,
        runStartedAt: start,
        step,
        activity: n + 1,
        attempt: attempt + 1,
      }));
    });
  }),
);

const pairs = fences.chain((all) =>
  fc.tuple(fc.constantFrom(...all), fc.constantFrom(...all), fc.constantFrom(...all)),
);

const fence = (over: Partial<Fence> = {}): Fence => ({
  runId: 'a',
  runStartedAt: 1_000,
  step: 1,
  activity: 5,
  attempt: 2,
  ...over,
});

describe('fence', () => {
  test('[LOG2] of two different attempts exactly one is older', () => {
    fc.assert(
      fc.property(pairs, ([a, b]) => {
        if (isSameFence(a, b)) expect([isOlder(a, b), isOlder(b, a)]).toEqual([false, false]);
        else expect(isOlder(a, b)).toBe(!isOlder(b, a));
      }),
      { numRuns: 2_000 },
    );
  });

  test('[LOG2] older than an older one is older', () => {
    fc.assert(
      fc.property(pairs, ([a, b, c]) => {
        if (isOlder(a, b) && isOlder(b, c)) expect(isOlder(a, c)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  test('[LOG2] within a run the activity decides, then the attempt; no clock', () => {
    expect(isOlder(fence(), fence({ activity: 6, attempt: 1 }))).toBe(true);
    expect(isOlder(fence({ activity: 6, attempt: 1 }), fence())).toBe(false);
    expect(isOlder(fence(), fence({ attempt: 3 }))).toBe(true);
    expect(isOlder(fence({ attempt: 3 }), fence())).toBe(false);
  });

  test('[LOG2] across runs the step decides, then the run’s start', () => {
    const other = { runId: 'b', activity: 1, attempt: 1 };
    expect(isOlder(fence(), fence({ ...other, step: 2, runStartedAt: 500 }))).toBe(true);
    expect(isOlder(fence({ ...other, step: 2, runStartedAt: 500 }), fence())).toBe(false);
    expect(isOlder(fence(), fence({ ...other, runStartedAt: 1_001 }))).toBe(true);
    expect(isOlder(fence({ ...other, runStartedAt: 1_001 }), fence())).toBe(false);
    expect(isOlder(fence({ ...other, step: 0, runStartedAt: 9_000 }), fence())).toBe(true);
  });

  test('[LOG2] the same attempt is no older than itself, and any other is another', () => {
    expect(isOlder(fence(), fence())).toBe(false);
    expect(isSameFence(fence(), fence())).toBe(true);
    for (const over of [{ runId: 'b' }, { activity: 6 }, { attempt: 1 }]) {
      expect(isSameFence(fence(), fence(over))).toBe(false);
    }
  });
});
