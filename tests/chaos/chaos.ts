import { test as base } from '#tests/browser/app.ts';
import { check } from './checker.ts';
import { Faults } from './faults.ts';
import { recoveriesMs } from './recovery.ts';
import { ROW, rowOf } from './report.ts';
import { diceFor, type Dice } from './seed.ts';
import { Watched } from './watched.ts';

type Chaos = {
  dice: Dice;
  faults: Faults;
  /** Conversations with pages and sockets, each with a whole turn; the first is open in two tabs. */
  conversations: readonly [Watched, Watched, Watched];
  /** Waits until everything sent has ended; then it must be right, and the same to everybody. The table gets its row anyway. */
  expectExact: () => Promise<void>;
};

export const test = base.extend<Chaos>({
  // oxlint-disable-next-line no-empty-pattern -- Playwright reads the pattern to learn what a fixture needs
  dice: async ({}, use, { title }) => use(diceFor(title)),
  faults: async ({ app, troubles }, use) => {
    troubles.allowLostConnections();
    const faults = new Faults(app);
    await use(faults);
    await faults.close();
  },
  conversations: async ({ app, context, say }, use) => {
    const open = (tabs: number) =>
      Watched.open(context, { prompt: say('steady tokens=20'), tabs, port: app.portOf('gateway') });
    const opened = await Promise.all([open(2), open(1), open(1)]);
    await use(opened);
    for (const { viewer } of opened) viewer.close();
  },
  expectExact: async ({ app, endpoint, request, faults, conversations }, use, info) => {
    await use(() => check({ app, endpoint, request, faults: faults.all }, conversations));
    const calls = (await endpoint.calls()).filter(({ prompt }) => conversations.some(({ sent }) => sent.has(prompt)));
    const ends = faults.all.filter((fault) => fault.endsStreams);
    const recoveries = await Promise.all(ends.map((fault) => recoveriesMs(fault, conversations, calls)));
    const row = rowOf(faults.all, recoveries.flat(), calls);
    info.annotations.push({ type: ROW, description: JSON.stringify(row) });
  },
});
export { expect } from '@playwright/test';
