import { ActivityCancellationDetails } from '@temporalio/common/lib/activity-cancellation-details.js';
import { ActivityFailure, ApplicationFailure, CancelledFailure, RetryState } from '@temporalio/common';
import { msToNumber } from '@temporalio/common/lib/time.js';
import { count } from './census.ts';
import type { Attempt } from './attempt.ts';
import type { WorkflowRun } from './workflow-run.ts';
import type { ActivityOptions } from './workflow-sdk.ts';
import type { World } from './world.ts';

const NOBODY_MS = 120;

export type TaskResult = { value?: unknown; error?: Error };
type Wanted = { number: number; name: string; input: unknown; options: ActivityOptions };

/** One activity on the server: its attempts come one after the other, until one brings a result. */
export class ActivityTask {
  readonly number: number;
  readonly #world: World;
  readonly #run: WorkflowRun;
  readonly #wanted: Wanted;
  readonly #tell: (result: TaskResult) => void;
  #attempt: Attempt | null = null;
  #attempts = 0;
  #isOpen = true;
  #isCancelled = false;
  #beatAt = 0;

  constructor(world: World, run: WorkflowRun, wanted: Wanted, tell: (result: TaskResult) => void) {
    this.#world = world;
    this.#run = run;
    this.#wanted = wanted;
    this.number = wanted.number;
    this.#tell = tell;
    this.#dispatch(0);
  }

  /** Who holds the attempt that runs now. */
  holder(): string | null {
    return this.#isOpen ? (this.#attempt?.machine.name ?? null) : null;
  }

  /** Its workflow is no more. */
  drop(): void {
    this.#isOpen = false;
  }

  /** The workflow goes on at once; whether and when the worker hears of it is chance. */
  requestCancel(reject: (error: Error) => void): void {
    if (!this.#isOpen) return;
    if (this.#wanted.options.cancellationType === 'TRY_CANCEL') reject(new CancelledFailure('cancelled'));
    this.#isCancelled = true;
    const { schedule, clock, dice } = this.#world;
    const attempt = this.#attempt;
    if (!attempt) return this.drop();
    if (schedule.cancels === 'prompt') {
      clock.after(dice.between('cancel', 5, 40), () => this.#isCurrent(attempt) && this.#tellCancelled(attempt));
    }
  }

  /** A heartbeat reached the server: its answer says whether the attempt still counts. */
  beat(attempt: Attempt): void {
    const { clock, dice, schedule } = this.#world;
    if (!this.#isCurrent(attempt)) {
      count(this.#world.census, 'attempts given up');
      clock.after(dice.between('beat', 1, 5), () =>
        attempt.cancel(new ActivityCancellationDetails({ notFound: true })),
      );
      return;
    }
    this.#beatAt = clock.now;
    if (this.#isCancelled && schedule.cancels === 'late') this.#tellCancelled(attempt);
  }

  /** An attempt's end reached the server; one that no longer counts is nobody's. */
  ended(attempt: Attempt, { value, error }: TaskResult): void {
    if (!this.#isCurrent(attempt)) return;
    this.#attempt = null;
    if (!error) return this.#close({ value });
    if (this.#isCancelled) return this.drop();
    this.#again(error, error instanceof ApplicationFailure ? (error.nextRetryDelay ?? undefined) : undefined);
  }

  /** The next worker of this machine knows that this attempt's is dead. */
  workerDied(token?: string): void {
    if (!this.#isOpen || !this.#attempt || (token !== undefined && this.#attempt.token !== token)) return;
    this.#attempt = null;
    this.#again(new Error('worker died'), 1);
  }

  /** The attempt counts no more; the next one begins, if the activity is still wanted. */
  giveUp(reason: string): void {
    if (!this.#isOpen || !this.#attempt) return;
    this.#attempt = null;
    if (this.#isCancelled) this.drop();
    else this.#again(new Error(reason), undefined);
  }

  #isCurrent(attempt: Attempt): boolean {
    return this.#isOpen && this.#attempt === attempt;
  }

  #tellCancelled(attempt: Attempt): void {
    attempt.cancel(new ActivityCancellationDetails({ cancelRequested: true }));
  }

  #close(result: TaskResult): void {
    this.#isOpen = false;
    this.#tell(result);
  }

  #again(error: Error, delay: string | number | undefined): void {
    const { retry } = this.#wanted.options;
    const fail = (state: RetryState) =>
      this.#close({ error: new ActivityFailure(error.message, this.#wanted.name, `${this.number}`, state, '', error) });
    if (error instanceof ApplicationFailure && error.nonRetryable) return fail(RetryState.NON_RETRYABLE_FAILURE);
    if (this.#attempts >= (retry?.maximumAttempts ?? Infinity)) return fail(RetryState.MAXIMUM_ATTEMPTS_REACHED);
    const first = msToNumber((retry?.initialInterval ?? '1s') as '1s');
    const longest = msToNumber((retry?.maximumInterval ?? '100s') as '1s');
    const grown = Math.min(longest, first * (retry?.backoffCoefficient ?? 2) ** (this.#attempts - 1));
    this.#dispatch(delay === undefined ? grown : msToNumber(delay as number));
  }

  #dispatch(delay: number): void {
    const { clock, dice, temporal } = this.#world;
    const go = () => {
      if (!this.#isOpen) return;
      if (this.#isCancelled) return this.drop();
      const ready = temporal.readyWorkers();
      const worker = ready[dice.roll('which worker', Math.max(1, ready.length))];
      if (!temporal.isUp || !worker) return void clock.after(NOBODY_MS, go);
      this.#attempts++;
      this.#beatAt = clock.now;
      const { name, input } = this.#wanted;
      this.#attempt = worker.execute({
        task: this,
        name,
        input: structuredClone(input),
        attempt: this.#attempts,
        token: temporal.newToken(this),
        run: this.#run,
      });
      this.#watch(this.#attempt);
    };
    clock.after(delay + dice.between('activity task', 1, 8), go);
  }

  /** Gives an attempt up whose heartbeats stay away; the server's own timers stand still while it is away. */
  #watch(attempt: Attempt): void {
    const { heartbeatTimeout } = this.#wanted.options;
    if (heartbeatTimeout === undefined) return this.#watchForDeath(attempt);
    const patience = msToNumber(heartbeatTimeout as '1s');
    const { clock, temporal, note } = this.#world;
    const look = () => {
      if (!this.#isCurrent(attempt)) return;
      const left = this.#beatAt + patience - clock.now;
      if (left > 0 || !temporal.isUp) return void clock.after(Math.max(left, NOBODY_MS), look);
      note(() => `heartbeats of attempt ${attempt.number} at ${JSON.stringify(this.#wanted.input)} time out`);
      this.giveUp('heartbeat time-out');
    };
    clock.after(patience, look);
  }

  /** An activity without heartbeats has its start-to-close time-out, ten seconds. */
  #watchForDeath(attempt: Attempt): void {
    this.#world.clock.after(10_000, () => {
      if (this.#isCurrent(attempt)) this.giveUp('start-to-close time-out');
    });
  }
}
