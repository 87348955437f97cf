import { defineConfig } from 'vitest/config';

/** `npm run record:histories`: writes tests/workflow/histories anew, from real runs of today's code. */
export default defineConfig({
  test: {
    include: ['tests/workflow/record.ts'],
    globalSetup: 'tests/support/temporal-setup.ts',
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
