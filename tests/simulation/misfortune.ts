import type { Act } from './schedule.ts';
import type { Users } from './user.ts';
import type { World } from './world.ts';

/** Lays the schedule's acts out in time; returns when the last of them is over. */
export function misfortune(world: World, users: Users): number {
  const { clock, schedule } = world;
  const planned = new Map<Act, Users['sends'][number]>();
  for (const act of schedule.acts) {
    if (act.do === 'send') planned.set(act, users.plan(act.mode, act.to, act.isSignalled));
  }
  const known = [...planned.values()];
  const sent = (of: number) => known[of % known.length]!;
  let end = 0;
  for (const act of schedule.acts) {
    const lasts = 'ms' in act ? act.ms : 'backMs' in act ? act.backMs : 0;
    end = Math.max(end, act.at + lasts + 100);
    clock.after(act.at, () => {
      world.note(() => `— ${act.do} ${JSON.stringify(act)}`);
      happen(world, users, act, act.do === 'send' ? () => planned.get(act)! : sent).catch((error: unknown) =>
        world.violate('SEND1', String(error)),
      );
    });
  }
  return end;
}

async function happen(
  world: World,
  users: Users,
  act: Act,
  sent: (of: number) => Users['sends'][number],
): Promise<void> {
  const { clock, temporal, storage, provider, workers, pages } = world;
  switch (act.do) {
    case 'send':
      return users.send(sent(0));
    case 'send again':
      return users.accepted.has(sent(act.of).id) ? users.send(sent(act.of)) : undefined;
    case 'retry':
      return users.retry(sent(act.of));
    case 'stop':
      return users.stop(sent(act.of));
    case 'delete':
      return users.delete(sent(act.of));
    case 'restore':
      return users.restore(sent(act.of));
    case 'crash':
      return workers[act.worker]!.crash(act.backMs);
    case 'crash at a call':
      if (workers[act.worker]!.isUp) storage.doom = { ...act, worker: workers[act.worker]! };
      return;
    case 'SIGTERM':
      return workers[act.worker]!.leave(act.backMs);
    case 'freeze':
      return workers[act.worker]!.freeze(act.ms);
    case 'Temporal away':
      temporal.isUp = false;
      return void clock.after(act.ms, () => void (temporal.isUp = true));
    case 'workflows lost':
      return temporal.loseEverything();
    case 'attempts given up':
      for (let time = 0; time < act.times; time++) clock.after(time * act.everyMs, () => temporal.giveAttemptsUp());
      return;
    case 'workflows and worker lost':
      temporal.loseEverything();
      temporal.lateMs += act.clockBackMs;
      return workers[act.worker]!.crash(act.backMs);
    case 'server clock back':
      temporal.lateMs += act.ms;
      return;
    case 'wrong key':
      provider.isKeyWrong = true;
      return void clock.after(act.ms, () => void (provider.isKeyWrong = false));
    case 'store trouble':
      storage.isTroubled = true;
      provider.calls.noteTrouble();
      return void clock.after(act.ms, () => void (storage.isTroubled = false));
    case 'offline':
      return pages[act.page % pages.length]!.drop(act.ms);
    case 'reload':
      return pages[act.page % pages.length]!.open(false);
  }
}
