import { test as base } from '#tests/browser/app.ts';
import { callOf, isHeld } from '#tests/browser/calls.ts';
import { check } from './checker.ts';
import { Faults } from './faults.ts';
import { recoveriesMs } from './recovery.ts';
import { callsIn, measured, noteKilled, recoveriesIn } from './report.ts';
import { diceFor, type Dice } from './seed.ts';
import { Watched } from './watched.ts';

/** A turn whose reply stands after so many of its tokens, until it is released. */
export type Held = { each: Watched; prompt: string; tokens: number };

type Chaos = {
  dice: Dice;
  /** Each is a row's `killed → replaced` in the table. */
  faults: Faults;
  /** Conversations with pages and sockets, each with a whole turn; the first is open in two tabs. */
  conversations: readonly [Watched, Watched, Watched];
  /** Sends a turn to each, and resolves when they stand, each at a random token. */
  hold: (conversations: readonly Watched[]) => Promise<Held[]>;
  /** Waits until everything sent has ended; then it must be right, and the same to everybody. */
  expectExact: () => Promise<void>;
};

export const test = base.extend<Chaos>({
  // oxlint-disable-next-line no-empty-pattern -- Playwright reads the pattern to learn what a fixture needs
  dice: async ({}, use, { title }) => use(diceFor(title)),
  faults: async ({ app, troubles }, use, info) => {
    troubles.allowLostConnections();
    const faults = new Faults(app);
    await use(faults);
    await faults.close();
    noteKilled(info, faults.all);
  },
  conversations: async ({ app, context, say }, use) => {
    const open = (tabs: number) =>
      Watched.open(context, { prompt: say('steady tokens=20'), tabs, port: app.portOf('gateway') });
    const opened = await Promise.all([open(2), open(1), open(1)]);
    await use(opened);
    for (const { viewer } of opened) viewer.close();
  },
  hold: async ({ endpoint, dice, say }, use) => {
    const holdOne = async (each: Watched): Promise<Held> => {
      const tokens = dice.between(1, 30);
      const prompt = say(`hold after=${tokens} tokens=40 vary=1`);
      await each.send(prompt);
      await callOf(endpoint, prompt, isHeld);
      return { each, prompt, tokens };
    };
    await use((conversations) => Promise.all(conversations.map(holdOne)));
  },
  expectExact: async ({ app, endpoint, request, faults, conversations }, use, info) => {
    await use(() => check({ app, endpoint, request, faults: faults.all }, conversations));
    // Also where it was not right: the table has its row.
    const calls = (await endpoint.calls()).filter(({ prompt }) => conversations.some(({ sent }) => sent.has(prompt)));
    const ends = faults.all.filter((fault) => fault.endsStreams);
    const recoveries = await Promise.all(ends.map((fault) => recoveriesMs(fault, conversations, calls)));
    if (recoveries.flat().length > 0) measured(info, recoveriesIn(recoveries.flat()));
    measured(info, callsIn(calls));
  },
});
export { expect } from '@playwright/test';
