import fc, { type RunDetails } from 'fast-check';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { propertyRuns } from '#tests/store/runs.ts';
import { describeCensus, MUST_BE_MET, type Census } from './census.ts';
import { describeSchedule, schedules, type Schedule } from './schedule.ts';
import { simulate } from './simulate.ts';
import { makeDisk, type Disk } from './disk.ts';
import { installVirtualTime } from './virtual-time.ts';

vi.mock('@temporalio/workflow', () => import('./workflow-sdk.ts'));
vi.mock('#worker/identity.ts', () => import('./identity.ts'));

const RUNS = propertyRuns(5_000, 50_000);
/** Fewer runs, or one that is seen again, need not meet everything. */
const ENOUGH_TO_MEET_ALL = 2_000;
/** The last of what happened, in a failure's message. */
const TRACE_LINES = 60;

let disk: Disk;
let giveTimeBack = () => {};
beforeAll(async () => {
  disk = await makeDisk();
  giveTimeBack = installVirtualTime();
});
afterAll(async () => {
  giveTimeBack();
  await disk.close();
});

const timeout = 4 * 60 * 60_000;

test(
  'whatever fails, and whenever: every turn has one outcome, every text is exact, Stop is final',
  { timeout },
  async () => {
    const census: Census = new Map();
    const all = fc.asyncProperty(schedules, (schedule) => simulate(disk, schedule, census));
    const details = await fc.check(all, RUNS);
    console.log(`${details.numRuns} schedules met: ${describeCensus(census)}`);
    if (details.failed) throw new Error(await tell(details));
    if (RUNS.numRuns < ENOUGH_TO_MEET_ALL || RUNS.path !== undefined) return;
    for (const what of MUST_BE_MET) expect(census.get(what) ?? 0, what).toBeGreaterThan(0);
  },
);

/** Nothing goes wrong here but what a schedule says. */
const CALM_WORLD = {
  rough: { signals: false, frames: false, provider: false },
  hasSecond: false,
  pages: 1,
  cancels: 'prompt',
  idleMs: 60_000,
  longAfter: 1_000,
} as const;

test('[ACT6] two attempts that a process was given while it stood still share one model call', async () => {
  // Somewhere here the first attempt is given out and not opened yet.
  for (let at = 5; at < 50; at += 3) {
    const acts: Schedule['acts'] = [
      { at: 0, do: 'send', mode: 'queue', to: 0, isSignalled: true },
      { at, do: 'freeze', worker: 0, ms: 1_500 },
      { at: 500, do: 'attempts given up', times: 1, everyMs: 0 },
    ];
    for (let seed = 1; seed <= 3; seed++) await simulate(disk, { ...CALM_WORLD, seed, acts }, new Map());
  }
});

test('[ACT3] an attempt that adopts a stream as its worker is told to end makes no call of its own', async () => {
  // The second attempt is given out in a moment between two freezes, and finds the stream as the shutdown ends it.
  for (let at = 300; at < 320; at++) {
    const acts: Schedule['acts'] = [
      { at: 0, do: 'send', mode: 'queue', to: 0, isSignalled: true },
      { at: 50, do: 'freeze', worker: 0, ms: 1_500 },
      { at: 50, do: 'attempts given up', times: 1, everyMs: 30 },
      { at, do: 'freeze', worker: 0, ms: 1_500 },
      { at, do: 'SIGTERM', worker: 0, backMs: 100 },
    ];
    await simulate(disk, { ...CALM_WORLD, seed: 0, acts }, new Map());
  }
});

/** The shrunk schedule as a reader would tell it, with the end of what happened in it, and how to see it again. */
async function tell({
  counterexample,
  counterexamplePath,
  seed,
  errorInstance,
}: RunDetails<[Schedule]>): Promise<string> {
  const schedule = counterexample?.[0];
  if (!schedule) return `No schedule could be made (seed ${seed}).`;
  const trace: string[] = [];
  await simulate(disk, schedule, new Map(), trace).catch((error: unknown) => trace.push(String(error)));
  return [
    String(errorInstance),
    `Again: SEED=${seed} FC_PATH=${counterexamplePath} npx vitest run tests/simulation`,
    describeSchedule(schedule),
    '…',
    ...trace.slice(-TRACE_LINES).map((line) => line.slice(0, 300)),
  ].join('\n');
}
