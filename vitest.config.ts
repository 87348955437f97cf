import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const NEEDS_TEMPORAL = ['tests/worker/**/*.test.ts', 'tests/workflow/**/*.test.ts'];

export default defineConfig({
  test: {
    pool: 'forks',
    // Three at least: the slow files wait most of the time, for a provider's pauses or a time-out of Temporal's.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    testTimeout: 30_000,
    hookTimeout: 120_000,
    reporters: ['default'],
    projects: [
      { extends: true, test: { name: 'parts', include: ['tests/**/*.test.ts'], exclude: NEEDS_TEMPORAL } },
      {
        extends: true,
        test: {
          name: 'worker',
          include: NEEDS_TEMPORAL,
          globalSetup: 'tests/support/temporal-setup.ts',
          // So do tests of one file.
          maxConcurrency: 20,
          testTimeout: 60_000,
        },
      },
    ],
  },
});
