import { describe } from 'vitest';
import type { MakePlace } from './place.ts';
import { storeTest } from './scene.ts';
import { anyOrderRules } from './rules/any-order.ts';
import { appendingRules } from './rules/appending.ts';
import { clockRules } from './rules/clock.ts';
import { branchingRules } from './rules/branching.ts';
import { concurrencyRules } from './rules/concurrency.ts';
import { deletingRules } from './rules/deleting.ts';
import { endingRules } from './rules/ending.ts';
import { failingRules } from './rules/failing.ts';
import { fencingRules } from './rules/fencing.ts';
import { interjectingRules } from './rules/interjecting.ts';
import { openingRules } from './rules/opening.ts';
import { outboxRules } from './rules/outbox.ts';
import { pagingRules } from './rules/paging.ts';
import { pairRules } from './rules/pairs.ts';
import { processRules } from './rules/processes.ts';
import { restartRules } from './rules/restarts.ts';
import { retryingRules } from './rules/retrying.ts';
import { sendingRules } from './rules/sending.ts';
import { settingsRules } from './rules/settings.ts';
import { snapshotRules } from './rules/snapshots.ts';
import { stoppingRules } from './rules/stopping.ts';
import { waitingRules } from './rules/waiting.ts';

/** What every store must do, whatever it is made of: run it against each implementation. */
export function describeStore(name: string, makePlace: MakePlace): void {
  const test = storeTest(makePlace);
  describe(name, () => {
    openingRules(test);
    fencingRules(test);
    appendingRules(test);
    endingRules(test);
    failingRules(test);
    sendingRules(test);
    retryingRules(test);
    interjectingRules(test);
    stoppingRules(test);
    waitingRules(test);
    deletingRules(test);
    pagingRules(test);
    branchingRules(test);
    settingsRules(test);
    snapshotRules(test);
    outboxRules(test);
    clockRules(test);
    concurrencyRules(test);
    pairRules(test);
    processRules(test);
    restartRules(test);
    anyOrderRules(test);
  });
}
