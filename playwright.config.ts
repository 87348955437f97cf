import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { defineConfig } from '@playwright/test';
import type { ProviderOption } from './tests/browser/app.ts';

const EMBEDDED = /embedded\.spec\.ts$/;
const isWhole = process.env['CHAOS'] === 'whole';
// The tests' processes inherit it; the table of the faults names it.
process.env['CHAOS_SEED'] ||= String(randomInt(1_000_000_000));

/** Where Debian's package puts it; without one, Playwright takes the browser that it brought itself. */
const DEBIAN = '/usr/bin/chromium';
const executablePath = process.env['CHROMIUM_PATH'] || (existsSync(DEBIAN) ? DEBIAN : undefined);

export default defineConfig<object, ProviderOption>({
  testDir: 'tests/browser',
  // Each has an app of its own, and a browser: two of them starve on two cores, and what must answer in time does not.
  workers: 1,
  // A test that passes the second time has found something: it counts as failed.
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  // The whole folder is emptied at each start, so it is not the one where other reports are.
  outputDir: 'test-results/browser',
  // The JSON goes to the file that PLAYWRIGHT_JSON_OUTPUT_NAME names, and without one over everything on the terminal.
  reporter: [
    ['list'],
    ['./tests/chaos/table.ts'],
    ...(process.env['PLAYWRIGHT_JSON_OUTPUT_NAME'] ? [['json'] as const] : []),
  ],
  // An app each, one after the other: a change of app in the middle would start the first one twice.
  projects: [
    { name: 'scripted', testIgnore: EMBEDDED, use: { provider: 'scripted' } },
    { name: 'embedded', testMatch: EMBEDDED, use: { provider: 'embedded' } },
    // Whole by `npm run test:chaos`.
    {
      name: 'chaos',
      testDir: 'tests/chaos',
      testMatch: '**/*.spec.ts',
      use: { provider: 'scripted' },
      ...(!isWhole && { grep: /@quick/ }),
    },
  ],
  use: {
    browserName: 'chromium',
    screenshot: 'only-on-failure',
    launchOptions: {
      ...(executablePath && { executablePath }),
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
      ],
    },
  },
});
