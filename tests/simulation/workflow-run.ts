import type { ConversationInput } from '#lib/temporal/names.ts';
import { conversation } from '#worker/workflows/conversation.ts';
import { ActivityTask, type TaskResult } from './activity-task.ts';
import { count } from './census.ts';
import { settle } from './clock.ts';
import { EPOCH } from './virtual-time.ts';
import { ContinuedAsNew, sdkRuns, type ActivityOptions, type SdkRun } from './workflow-sdk.ts';
import type { World } from './world.ts';

/** Before a task that nobody takes is looked at again. */
const NOBODY_MS = 100;
const IDLE_HOUR_MS = 60 * 60_000;

type Signal = { name: string; argument: never };

/** One run of a conversation's workflow. The server keeps it: which worker runs its tasks makes no difference. */
export class WorkflowRun {
  readonly conversationId: string;
  readonly runId: string;
  readonly startedAt: number;
  isClosed = false;
  readonly #world: World;
  readonly #input: ConversationInput;
  readonly #sdk: SdkRun;
  readonly #tasks: ActivityTask[] = [];
  readonly #bornAt: number;
  #signals: Signal[] = [];
  #results: (() => void)[] = [];
  #isTasked = false;
  #hasBegun = false;

  constructor(world: World, runId: string, conversationId: string, input: ConversationInput) {
    this.#world = world;
    this.runId = runId;
    this.conversationId = conversationId;
    this.#input = input;
    this.#bornAt = world.clock.now;
    this.startedAt = EPOCH + world.clock.now - world.temporal.lateMs;
    this.#sdk = this.#asSdk();
    world.note(() => `${runId} begins for ${conversationId}: ${JSON.stringify(input.carried ?? {})}`);
    this.#wake();
  }

  signal(name: string, argument: unknown): void {
    this.#world.note(() => `${this.runId} takes ${name} ${JSON.stringify(argument)}`);
    this.#signals.push({ name, argument: argument as never });
    this.#wake();
  }

  close(): void {
    this.isClosed = true;
    for (const task of this.#tasks) task.drop();
  }

  giveAttemptsUp(): void {
    for (const task of this.#tasks) task.giveUp('heartbeat time-out');
  }

  pendingAttempts() {
    return this.#tasks.flatMap((task) => {
      const identity = task.holder();
      return identity === null
        ? []
        : [{ workflowId: this.conversationId, runId: this.runId, activityId: String(task.number), identity }];
    });
  }

  failPending({ runId, activityId }: { runId: string; activityId: string }): void {
    if (runId === this.runId) this.#tasks[Number(activityId) - 1]?.workerDied();
  }

  #wake(): void {
    if (this.#isTasked || this.isClosed) return;
    this.#isTasked = true;
    const { clock, dice, temporal, workers } = this.#world;
    const go = async (): Promise<void> => {
      if (this.isClosed) return;
      if (!temporal.isUp || !workers.some((worker) => worker.runsWorkflows)) return void clock.after(NOBODY_MS, go);
      this.#isTasked = false;
      await this.#activate();
    };
    clock.after(dice.between('workflow task', 2, 10), go);
  }

  /** Signals before results, as the SDK does; what waits for a condition goes on after each. */
  async #activate(): Promise<void> {
    const signals = this.#signals;
    const results = this.#results;
    this.#signals = [];
    this.#results = [];
    if (!this.#hasBegun) {
      this.#hasBegun = true;
      // The first signals are there when the run begins.
      sdkRuns.run(this.#sdk, () => void conversation(this.#input).then(() => this.#returned(), this.#ended));
    }
    for (const { name, argument } of signals) sdkRuns.run(this.#sdk, () => this.#sdk.handlers.get(name)!(argument));
    await this.#goOn();
    for (const tell of results) {
      tell();
      await this.#goOn();
    }
  }

  async #goOn(): Promise<void> {
    await settle();
    for (const condition of this.#sdk.conditions) {
      if (!condition.holds()) continue;
      this.#sdk.conditions.delete(condition);
      condition.resolve();
      await settle();
    }
  }

  #returned(): void {
    this.#world.note(() => `${this.runId} returns`);
    count(this.#world.census, 'workflows returned');
    this.close();
    this.#world.temporal.closed(this);
  }

  readonly #ended = (error: unknown): void => {
    this.close();
    if (!(error instanceof ContinuedAsNew)) return this.#world.violate('WF4', `a workflow failed: ${String(error)}`);
    count(this.#world.census, 'continued as new');
    this.#world.temporal.begin(this.conversationId, structuredClone(error.input) as ConversationInput);
  };

  /** Its hour passes quicker than ours, so that a conversation may grow idle within a schedule. */
  #asSdk(): SdkRun {
    const { clock, schedule } = this.#world;
    const faster = IDLE_HOUR_MS / schedule.idleMs;
    const tasks = this.#tasks;
    return {
      info: {
        runStartTime: new Date(this.startedAt),
        continueAsNewSuggested: false,
        get historyLength() {
          return tasks.length >= schedule.longAfter ? 1_001 : 1;
        },
      },
      handlers: new Map(),
      conditions: new Set(),
      time: () => EPOCH + Math.floor((clock.now - this.#bornAt) * faster),
      sleep: (ms) =>
        new Promise((resolve) =>
          clock.after(Math.ceil(ms / faster), () => {
            this.#results.push(resolve);
            this.#wake();
          }),
        ),
      schedule: (name, input, options) => this.#schedule(name, input, options),
    };
  }

  #schedule(name: string, input: unknown, options: ActivityOptions) {
    const told = Promise.withResolvers<unknown>();
    const tell = ({ error, value }: TaskResult) => {
      this.#results.push(() => (error ? told.reject(error) : told.resolve(value)));
      this.#wake();
    };
    const task = new ActivityTask(this.#world, this, { number: this.#tasks.length + 1, name, input, options }, tell);
    this.#tasks.push(task);
    return { result: told.promise, cancel: () => task.requestCancel(told.reject) };
  }
}
