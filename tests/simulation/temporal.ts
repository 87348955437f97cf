import type { TemporalClient } from '#lib/temporal/client.ts';
import { STOP_REQUESTED, TURN_REQUESTED, type ConversationInput } from '#lib/temporal/names.ts';
import type { ActivityTask } from './activity-task.ts';
import { count } from './census.ts';
import { WorkflowRun } from './workflow-run.ts';
import type { WorkerProcess } from './worker.ts';
import type { World } from './world.ts';

/** A call that is not answered is given up after so long, as lib/temporal/client.ts does. */
const DEADLINE_MS = 1_000;

/** Temporal's server: what it takes it keeps, unless it is lost as a whole; what it is told may get lost before. */
export class Temporal {
  isUp = true;
  /** How far its clock is behind. */
  lateMs = 0;
  readonly #world: World;
  readonly #runs = new Map<string, WorkflowRun>();
  #started = 0;
  #tokens = 0;
  readonly #attempts = new Map<string, ActivityTask>();

  constructor(world: World) {
    this.#world = world;
  }

  readyWorkers(): WorkerProcess[] {
    return this.#world.workers.filter((worker) => worker.takesTasks);
  }

  runOf(conversationId: string): WorkflowRun | undefined {
    return this.#runs.get(conversationId);
  }

  newToken(task: ActivityTask): string {
    const token = Buffer.from(`token ${++this.#tokens}`).toString('base64');
    this.#attempts.set(token, task);
    return token;
  }

  begin(conversationId: string, input: ConversationInput): WorkflowRun {
    const run = new WorkflowRun(this.#world, `run ${++this.#started}`, conversationId, input);
    this.#runs.set(conversationId, run);
    return run;
  }

  closed(run: WorkflowRun): void {
    if (this.#runs.get(run.conversationId) === run) this.#runs.delete(run.conversationId);
  }

  /** Its database is gone, with everything in it. */
  loseEverything(): void {
    for (const run of this.#runs.values()) run.close();
    this.#runs.clear();
  }

  /** As when heartbeats stay away for too long. */
  giveAttemptsUp(): void {
    for (const run of this.#runs.values()) run.giveAttemptsUp();
  }

  /** How web and workers reach it. */
  client(): TemporalClient {
    const reach = (name: string, take: () => void) => this.#reach(name, take);
    return {
      requestTurn: (conversationId, turn) =>
        reach('signal', () => {
          const run = this.runOf(conversationId) ?? this.begin(conversationId, { conversationId });
          run.signal(TURN_REQUESTED, structuredClone(turn));
        }),
      requestStop: (conversationId, turn) =>
        reach('signal', () => this.runOf(conversationId)?.signal(STOP_REQUESTED, { ...turn })),
      terminate: (conversationId) =>
        reach('signal', () => {
          const run = this.runOf(conversationId);
          run?.close();
          if (run) this.closed(run);
        }),
      failAttempt: (attempt) =>
        reach('attempt', () => {
          if (!(attempt instanceof Uint8Array)) {
            return this.runOf(attempt.workflowId)?.failPending(attempt);
          }
          const token = Buffer.from(attempt).toString('base64');
          this.#attempts.get(token)?.workerDied(token);
        }),
      pendingAttempts: async (conversationId) => {
        let pending: Awaited<ReturnType<TemporalClient['pendingAttempts']>> = [];
        await reach('attempt', () => void (pending = this.runOf(conversationId)?.pendingAttempts() ?? []));
        return pending;
      },
      isReachable: async () => this.isUp,
      close: async () => {},
    };
  }

  /** Lost on the way there or back, doubled, or late; without network trouble just a moment later. */
  async #reach(name: string, take: () => void): Promise<void> {
    const { clock, dice, schedule, isCalm, census } = this.#world;
    const isRough = schedule.rough.signals && !isCalm;
    const happens = (what: string, percent: number) => isRough && dice.percent(`${name} ${what}`, percent);
    await clock.pause(happens('late', 4) ? dice.between('late', 100, 2_500) : dice.between(name, 2, 15));
    if (!this.isUp || happens('lost', 8)) {
      count(census, 'lost signals');
      await clock.pause(DEADLINE_MS);
      throw new Error('Temporal did not answer in time');
    }
    take();
    if (happens('doubled', 5)) clock.after(dice.between('doubled', 1, 1_500), () => this.isUp && take());
    await clock.pause(dice.between(name, 1, 5));
    if (happens('unanswered', 3)) throw new Error('the answer was lost');
  }
}
