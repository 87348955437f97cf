import type { Clock } from './clock.ts';
import type { Census } from './census.ts';
import type { Dice } from './dice.ts';
import type { Ledger } from './ledger.ts';
import type { Provider } from './provider.ts';
import type { Schedule } from './schedule.ts';
import type { Temporal } from './temporal.ts';
import type { WorkerProcess } from './worker.ts';
import type { Page } from './page.ts';
import type { Storage } from './storage.ts';

/** Everything of one schedule. The parts find each other by it. */
export type World = {
  schedule: Schedule;
  clock: Clock;
  dice: Dice;
  census: Census;
  storage: Storage;
  ledger: Ledger;
  temporal: Temporal;
  provider: Provider;
  workers: WorkerProcess[];
  pages: Page[];
  /** Turns that a user has asked to stop. */
  stops: Set<string>;
  /** After the last fault: nothing more is lost, so that everything must come to its end. */
  isCalm: boolean;
  /** A rule does not hold. Noted rather than thrown alone: the code under test may catch what is thrown in it. */
  violate: (rule: string, what: string) => void;
  note: (line: () => string) => void;
};
