import { asyncLocalStorage, Context, type Info } from '@temporalio/activity';
import type { ActivityCancellationDetails } from '@temporalio/common/lib/activity-cancellation-details.js';
import { CancelledFailure } from '@temporalio/common';
import type { ActivityTask, TaskResult } from './activity-task.ts';
import { count } from './census.ts';
import { machines, type Machine } from './clock.ts';
import type { WorkflowRun } from './workflow-run.ts';
import type { World } from './world.ts';

const SERVER_AWAY_MS = 150;

export type AttemptParts = {
  task: ActivityTask;
  name: string;
  input: unknown;
  attempt: number;
  token: string;
  run: WorkflowRun;
};

type Activity = (input: never) => Promise<unknown>;

/** One attempt at an activity in a worker process, in the SDK's own context. */
export class Attempt {
  readonly machine: Machine;
  readonly token: string;
  readonly number: number;
  isOver = false;
  readonly #world: World;
  readonly #task: ActivityTask;
  readonly #controller = new AbortController();
  readonly #cancellation: { details?: ActivityCancellationDetails } = {};

  constructor(world: World, machine: Machine, activity: Activity, parts: AttemptParts, onOver: () => void) {
    this.#world = world;
    this.machine = machine;
    this.token = parts.token;
    this.number = parts.attempt;
    this.#task = parts.task;
    const end = (result: TaskResult) => {
      this.isOver = true;
      onOver();
      world.note(() => `${machine.name}: attempt ${this.number} ends: ${result.error ?? JSON.stringify(result.value)}`);
      if (isHandover(result.value)) count(world.census, 'handovers');
      this.#send(() => this.#task.ended(this, structuredCloneOf(result)));
    };
    world.note(() => `${machine.name}: attempt ${this.number} at ${parts.name} ${JSON.stringify(parts.input)}`);
    void machines.run(machine, () =>
      asyncLocalStorage.run(this.#context(parts), () =>
        activity(parts.input as never).then(
          (value) => end({ value }),
          (error: Error) => end({ error }),
        ),
      ),
    );
  }

  cancel(details: ActivityCancellationDetails): void {
    if (this.isOver || this.machine.isDead || this.#cancellation.details) return;
    const { clock } = this.#world;
    const frozen = this.machine.frozenUntil - clock.now;
    if (frozen > 0) return void clock.after(frozen, () => this.cancel(details));
    this.#cancellation.details = details;
    this.#world.note(() => `${this.machine.name}: attempt ${this.number} is cancelled`);
    machines.run(this.machine, () => this.#controller.abort(new CancelledFailure('cancelled')));
  }

  /** To the server, until it is there; a dead process sends nothing. */
  #send(take: () => void): void {
    const { clock, dice, temporal } = this.#world;
    const go = (): void => {
      if (this.machine.isDead) return;
      if (!temporal.isUp) return void clock.after(SERVER_AWAY_MS, go);
      take();
    };
    clock.after(dice.between('report', 1, 6), go);
  }

  #context({ run, task, attempt, token }: AttemptParts): Context {
    const info = {
      workflowExecution: { workflowId: run.conversationId, runId: run.runId },
      activityId: String(task.number),
      attempt,
      base64TaskToken: token,
    } as Info;
    const cancelled = new Promise<never>(() => {});
    const beat = () => {
      const { clock, dice, temporal } = this.#world;
      clock.after(dice.between('beat', 1, 5), () => !this.machine.isDead && temporal.isUp && this.#task.beat(this));
    };
    const rest = [undefined, undefined, undefined, this.#cancellation] as unknown as [never, never, never, never];
    return new Context(info, cancelled, this.#controller.signal, beat, ...rest);
  }
}

const isHandover = (value: unknown) =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'handover';

const structuredCloneOf = ({ value, error }: TaskResult): TaskResult =>
  error ? { error } : { value: structuredClone(value) };
