import type { Chunk, TurnEvent } from '#lib/protocol/event.ts';
import type { Fence } from '#lib/protocol/fence.ts';
import { partsOf, textOf, type Reply } from '#lib/protocol/reply.ts';
import type { Appended } from '#lib/store/appending.ts';
import type { Store } from '#lib/store/store.ts';
import { finishStep, startStep, text, textEnd, textStart } from '#tests/protocol/events.ts';

/** The first attempt of the first step, but for what is named. */
export const fenceOf = (over: Partial<Fence> = {}): Fence => ({
  runId: 'run-1',
  runStartedAt: 1_000,
  step: 0,
  activity: 1,
  attempt: 1,
  ...over,
});

/** One attempt that holds a turn: it knows where the log stands, as the worker's writer does. */
export class Attempt {
  readonly store: Store;
  readonly turnId: string;
  readonly fence: Fence;
  /** What the log held when the turn was opened. */
  readonly opened: Reply;
  seq: number;
  #begun: boolean;

  constructor(store: Store, turnId: string, fence: Fence, opened: Reply) {
    this.store = store;
    this.turnId = turnId;
    this.fence = fence;
    this.opened = opened;
    this.seq = opened.seq;
    this.#begun = (opened.steps[fence.step]?.length ?? 0) > 0;
  }

  get openedText(): string {
    return textOf(partsOf(this.opened, 'open'));
  }

  async append(events: TurnEvent[], seq = this.seq + 1): Promise<Appended> {
    const answer = await this.store.log.append({ turnId: this.turnId, fence: this.fence, seq, events });
    if (answer.kind === 'ok') {
      this.seq = seq + events.length - 1;
      this.#begun = true;
    }
    return answer;
  }

  /** Appends what must be taken. */
  async write(...events: TurnEvent[]): Promise<void> {
    const answer = await this.append(events);
    if (answer.kind !== 'ok') throw new Error(`the log answered ${JSON.stringify(answer)}`);
  }

  async say(...deltas: string[]): Promise<void> {
    const { step } = this.fence;
    const start = this.#begun ? [] : [startStep(step), textStart('0', step)];
    await this.write(...start, ...deltas.map((delta) => text(delta, '0', step)));
  }

  /** The append that completes the turn. */
  complete(chunk: Chunk = { type: 'finish-step' }): Promise<Appended> {
    const { step } = this.fence;
    const end = { ...finishStep(step), chunk };
    return this.store.log.append({
      turnId: this.turnId,
      fence: this.fence,
      seq: this.seq + 1,
      events: this.#begun ? [textEnd('0', step), end] : [startStep(step), end],
      completes: { usage: { inputTokens: 3, outputTokens: 5 } },
    });
  }

  async finish(): Promise<void> {
    const answer = await this.complete();
    if (answer.kind !== 'ok') throw new Error(`the log answered ${JSON.stringify(answer)}`);
  }
}
