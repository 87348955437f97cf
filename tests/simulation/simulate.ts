import { isOutcome } from '#lib/protocol/turn.ts';
import { checkResuming } from './resuming.ts';
import { astray } from './showing.ts';
import type { Census } from './census.ts';
import { Clock } from './clock.ts';
import { Dice } from './dice.ts';
import { forgetDeaths } from './identity.ts';
import { Ledger } from './ledger.ts';
import { misfortune } from './misfortune.ts';
import { Page } from './page.ts';
import { Provider } from './provider.ts';
import type { Schedule } from './schedule.ts';
import type { Disk } from './disk.ts';
import { Storage } from './storage.ts';
import { Temporal } from './temporal.ts';
import { conversationIds, Users } from './user.ts';
import { goBy } from './virtual-time.ts';
import { WorkerProcess } from './worker.ts';
import type { World } from './world.ts';

/** A rule does not hold. */
export class Violation extends Error {
  override name = 'Violation';
}

/** Nobody looks more often than this whether all is done. */
const LOOK_MS = 200;
/** The outbox tells a turn again after a minute, then after two: a workflow that is lost twice is found by then. */
const PATIENCE_MS = 400_000;
/** Far more than any schedule takes. */
const STEPS_MAX = 50_000;
const CONVERGED_WITHIN_MS = 20_000;

/** Runs one schedule to its end and holds it against the rules; throws a `Violation`. */
export async function simulate(disk: Disk, schedule: Schedule, census: Census, trace?: string[]): Promise<void> {
  disk.empty();
  forgetDeaths();
  const clock = new Clock();
  let violation: Violation | null = null;
  const world = {
    schedule,
    clock,
    dice: new Dice(schedule.seed),
    census,
    isCalm: false,
    stops: new Set<string>(),
    violate: (rule: string, what: string) => {
      trace?.push(`${stamp(clock)} VIOLATION [${rule}] ${what}`);
      violation ??= new Violation(`[${rule}] ${what} (at ${stamp(clock)})`);
    },
    note: (line: () => string) => void trace?.push(`${stamp(clock)} ${line()}`),
  } as World;
  world.storage = new Storage(world, disk.store);
  world.ledger = new Ledger(world, disk);
  world.temporal = new Temporal(world);
  world.provider = new Provider(world);
  world.workers = [new WorkerProcess(world, 'A', true), new WorkerProcess(world, 'B', false)];
  world.pages = pagesOf(world);
  const users = new Users(world);
  goBy(clock);
  try {
    const runTo = async (isDone: () => boolean, patienceMs: number, what: () => string) => {
      const until = clock.now + patienceMs;
      let nextLook = 0;
      for (let steps = 0; ; steps++) {
        if (steps > STEPS_MAX) throw new Violation(`it comes to no rest (at ${stamp(clock)})`);
        if (violation) throw violation;
        if (clock.now >= nextLook) {
          if (isDone()) return;
          nextLook = clock.now + LOOK_MS;
        }
        if (clock.now > until || !(await clock.step())) throw new Violation(`${what()} (at ${stamp(clock)})`);
      }
    };
    world.workers[0]!.start();
    if (schedule.hasSecond) world.workers[1]!.start();
    if (world.dice.percent('resuming', 20))
      clock.after(world.dice.between('resuming', 100, 2_500), () => checkResuming(world, disk.store.snapshots));
    const busyUntil = misfortune(world, users);
    await runTo(
      () => clock.now >= busyUntil,
      Infinity,
      () => '',
    );
    heal(world);
    await runTo(
      () => unsettled(world, users) === null,
      PATIENCE_MS,
      () => `[SEND1] ${unsettled(world, users)}`,
    );
    world.isCalm = true;
    await runTo(
      () => astray(world) === null,
      CONVERGED_WITHIN_MS,
      () => `[VIEW7] ${astray(world)}`,
    );
  } finally {
    for (const worker of world.workers) worker.crash();
    for (const page of world.pages) page.close();
    goBy(null);
  }
}

const stamp = (clock: Clock) => `${(clock.now / 1000).toFixed(3)} s`;

function pagesOf(world: World): Page[] {
  const { clock, dice, schedule } = world;
  return Array.from({ length: schedule.pages }, (_, at) => {
    const page = new Page(world, `page ${at}`, conversationIds[at === 1 ? 1 : 0]!);
    clock.after(dice.between('page opens', 0, at === 0 ? 50 : 3_000), () =>
      page.open(at === 0 && dice.percent('new', 50)),
    );
    return page;
  });
}

/** What was broken is mended; what was lost stays lost. */
function heal({ temporal, storage, provider, workers }: World): void {
  temporal.isUp = true;
  storage.isTroubled = false;
  storage.doom = null;
  provider.isKeyWrong = false;
  workers[0]!.start();
}

/** [SEND1] [ROW3] A turn that has no outcome, though nothing keeps it from one. */
function unsettled({ ledger, provider }: World, users: Users): string | null {
  for (const id of users.accepted) {
    const turn = ledger.turns.get(id);
    if (!turn) {
      if (!ledger.erased.has(id)) return `${id} was accepted, and is gone`;
      continue;
    }
    const waits = turn.status === 'queued' && ledger.conversations.get(turn.conversation_id)?.paused === 1;
    if (!isOutcome(turn.status) && !waits) return `${id} is ${turn.status}`;
  }
  return provider.calls.stray();
}
