import type { Logger } from 'pino';
import { ActivityCancellationDetails } from '@temporalio/common/lib/activity-cancellation-details.js';
import type { Store } from '#lib/store/store.ts';
import { createActivities, type Activities } from '#worker/activities/index.ts';
import { createPump, type Channels, type Pump } from '#worker/gateway/pump.ts';
import { runOutbox } from '#worker/outbox.ts';
import { failDeadAttempts } from '#worker/predecessor.ts';
import { createFeed, type Feed } from '#worker/stream/feed.ts';
import { createLiveStreams, type LiveStreams } from '#worker/stream/live-streams.ts';
import { Attempt, type AttemptParts } from './attempt.ts';
import { machines, type Machine } from './clock.ts';
import { noteDeath } from './identity.ts';
import type { World } from './world.ts';

/** As in worker/temporal-worker.ts. */
const SHUTDOWN_GRACE_MS = 500;
const SHUTDOWN_FORCE_MS = 5_000;
/** A look at the store while a turn runs, as in lib/store/database.ts. */
const LOOK_BUSY_MS = 5;
const LOOK_IDLE_MS = 100;

const silent = () => {};
export const NO_LOG = { info: silent, warn: silent, error: silent, child: () => NO_LOG } as unknown as Logger;

/** What one life of a worker process is made of. */
type Life = {
  machine: Machine;
  store: Store;
  feed: Feed;
  streams: LiveStreams;
  activities: Activities;
  gateway: { channels: Channels; pump: Pump } | null;
  ending: AbortController;
  attempts: Set<Attempt>;
  isStirred: boolean;
};

/** A worker process, put together as worker/main.ts does; the first of them has the gateway. */
export class WorkerProcess {
  readonly name: string;
  readonly #world: World;
  readonly #hasGateway: boolean;
  #life: Life | null = null;
  #lives = 0;

  constructor(world: World, name: string, hasGateway: boolean) {
    this.#world = world;
    this.name = name;
    this.#hasGateway = hasGateway;
  }

  get life(): Life | null {
    return this.#life;
  }
  get isUp(): boolean {
    return this.#life !== null;
  }
  /** Also a process that stands still has asked for tasks before, and is given them. */
  get takesTasks(): boolean {
    return this.#life !== null && !this.#life.ending.signal.aborted;
  }
  get runsWorkflows(): boolean {
    return this.takesTasks && this.#life!.machine.frozenUntil <= this.#world.clock.now;
  }

  start(): void {
    if (this.#life) return;
    const { note, storage, temporal, provider } = this.#world;
    const machine: Machine = { name: `${this.name}${++this.#lives}`, isDead: false, frozenUntil: 0 };
    note(() => `${machine.name} starts`);
    machines.run(machine, () => {
      const store = storage.reachedBy(machine, this);
      const feed = createFeed();
      const model = provider.modelFor(machine);
      const streams = createLiveStreams({ store, model, feed, log: NO_LOG });
      const ending = new AbortController();
      const client = temporal.client();
      const activities = createActivities({
        store,
        streams,
        feed,
        owner: machine.name,
        modelName: model.name,
        log: NO_LOG,
      });
      const gateway = this.#hasGateway ? openGateway(store, feed) : null;
      const attempts = new Set<Attempt>();
      this.#life = { machine, store, feed, streams, activities, gateway, ending, attempts, isStirred: false };
      void runOutbox(store, client, NO_LOG, ending.signal);
      failDeadAttempts(store, client, NO_LOG).catch(silent);
    });
  }

  execute(parts: AttemptParts): Attempt {
    const { machine, activities, attempts } = this.#life!;
    const activity = activities[parts.name as keyof Activities] as (input: never) => Promise<unknown>;
    const attempt: Attempt = new Attempt(this.#world, machine, activity, parts, () => attempts.delete(attempt));
    attempts.add(attempt);
    return attempt;
  }

  /** Another process has committed: seen at the next look. */
  stir(): void {
    const life = this.#life;
    if (!life || life.isStirred || life.ending.signal.aborted) return;
    life.isStirred = true;
    const { clock, dice } = this.#world;
    const wait = dice.between('look', 0, life.streams.size > 0 ? LOOK_BUSY_MS : LOOK_IDLE_MS);
    const look = (): void => {
      const frozen = life.machine.frozenUntil - clock.now;
      if (frozen > 0) return void clock.after(frozen, look);
      life.isStirred = false;
      if (!life.machine.isDead) machines.run(life.machine, () => life.feed.emit('stirred'));
    };
    clock.after(wait, look);
  }

  /** SIGKILL; whoever watches over it starts it again after a while. */
  crash(backMs?: number): void {
    const life = this.#life;
    if (!life) return;
    this.#world.note(() => `${life.machine.name} is killed`);
    life.machine.isDead = true;
    noteDeath(life.machine.name);
    this.#life = null;
    this.#hangUp();
    if (backMs !== undefined) this.#world.clock.after(backMs, () => this.start());
  }

  /** SIGTERM: as worker/main.ts and Temporal's worker end. */
  leave(backMs: number): void {
    const life = this.#life;
    if (!life || life.ending.signal.aborted) return;
    const { clock, note } = this.#world;
    note(() => `${life.machine.name} is told to end`);
    machines.run(life.machine, () => life.ending.abort());
    const endsAt = clock.now + SHUTDOWN_FORCE_MS;
    const end = async (): Promise<void> => {
      if (life.machine.isDead) return;
      if (life.attempts.size > 0 && clock.now < endsAt) return void clock.after(20, end);
      await machines.run(life.machine, () => life.streams.close());
      clock.after(5, () => {
        if (this.#life === life) this.crash(backMs);
      });
    };
    clock.after(SHUTDOWN_GRACE_MS, () => {
      if (life.machine.isDead) return;
      for (const attempt of life.attempts) attempt.cancel(new ActivityCancellationDetails({ workerShutdown: true }));
      void end();
    });
  }

  freeze(ms: number): void {
    const machine = this.#life?.machine;
    if (machine) machine.frozenUntil = Math.max(machine.frozenUntil, this.#world.clock.now + ms);
  }

  #hangUp(): void {
    if (this.#hasGateway) for (const page of this.#world.pages) page.hungUp();
  }
}

function openGateway(store: Store, feed: Feed) {
  const channels: Channels = { conversations: new Map(), list: { viewers: new Set(), rev: null } };
  return { channels, pump: createPump({ snapshots: store.snapshots, feed, log: NO_LOG, channels }) };
}
