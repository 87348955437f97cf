import fc from 'fast-check';
import { describe } from 'vitest';
import { Course, type Move } from '../course.ts';
import { propertyRuns } from '../runs.ts';
import type { StoreTest } from '../scene.ts';

/** Small numbers name turns by their place, modulo how many there are: a shrunk case stays a case. */
const place = fc.nat(7);
const moves: fc.Arbitrary<Move> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('send'), mode: fc.constantFrom('queue', 'interject') }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('branch'), mode: fc.constantFrom('queue', 'interject'), place }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('retry'), place }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('send again'), place }) },
  { weight: 7, arbitrary: fc.record({ do: fc.constant('open'), place }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('say') }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('complete') }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('fail'), pauses: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('stop'), place }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stop early'), mode: fc.constantFrom('queue', 'interject') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('edit'), place }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('move'), place, before: place }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('say now'), place }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait'), ms: fc.constantFrom(900, 2_100, 31_000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('choose head'), place }) },
);

export function anyOrderRules(test: StoreTest): void {
  describe('in any order', () => {
    test(
      '[ROW2] [ROW3] [CTX1] [IJ2] [WAIT3] one runs, outcomes stand, parents go first, nothing is lost',
      { timeout: 600_000 },
      async ({ scene }) => {
        await fc.assert(
          fc.asyncProperty(fc.array(moves, { minLength: 3, maxLength: 30 }), async (sequence) => {
            const course = new Course(scene);
            for (const move of sequence) {
              await course.make(move);
              await course.look();
            }
            await course.runToTheEnd();
          }),
          propertyRuns(120),
        );
      },
    );
  });
}
