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
/** Fewer runs need not meet everything. */
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
    if (RUNS.numRuns < ENOUGH_TO_MEET_ALL) return;
    for (const what of MUST_BE_MET) expect(census.get(what), what).toBeGreaterThan(0);
  },
);

test('[ACT6] two attempts that a process was given while it stood still share one model call', async () => {
  const calm = { signals: false, frames: false, provider: false };
  const world = {
    rough: calm,
    hasSecond: false,
    pages: 1,
    cancels: 'prompt',
    idleMs: 60_000,
    longAfter: 1_000,
  } as const;
  // Somewhere here the first attempt is given out and not opened yet.
  for (let at = 5; at < 50; at += 3) {
    const acts: Schedule['acts'] = [
      { at: 0, do: 'send', mode: 'queue', to: 0, isSignalled: true },
      { at, do: 'freeze', worker: 0, ms: 1_500 },
      { at: 500, do: 'attempts given up', times: 1, everyMs: 0 },
    ];
    for (let seed = 1; seed <= 3; seed++) await simulate(disk, { ...world, seed, acts }, new Map());
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
