import { setTimeout as pause } from 'node:timers/promises';
import type { TurnEvent } from '#lib/protocol/event.ts';
import { isSameFence, type Fence } from '#lib/protocol/fence.ts';
import type { Outcome, Usage } from '#lib/protocol/turn.ts';
import type { Appended, AppendRequest } from '#lib/store/appending.ts';
import { createCoalescer } from './coalesce.ts';

/** Deltas after the first are joined for so long: 30 appends a second look like a flow, and cost a tenth of one per token. */
const JOIN_MS = 33;
/** Pause before the same append goes again: to a locked or full store, or while the stream is being adopted. */
const AGAIN_MS = 10;
const AGAIN_MAX_MS = 1_000;

/** How a stream's writing ended, when it was not the model that ended it. */
export type Written =
  | { kind: 'completed' }
  | { kind: 'ended'; outcome: Outcome }
  | { kind: 'fenced' }
  | { kind: 'aborted' };

export type TurnWriterOptions = {
  turnId: string;
  /** Place of the first event. */
  seq: number;
  /** The fence in force, and whether an adopter is about to change it. */
  fence: () => Fence;
  isClaimed: () => boolean;
  append: (request: AppendRequest) => Promise<Appended>;
  /** The store has these events: only now may anybody see them [LOG5]. */
  onAppended: (range: { from: number; to: number; events: TurnEvent[] }) => void;
  /** The store cannot take events now; called once per trouble. */
  onTrouble: (error: unknown) => void;
  signal: AbortSignal;
};

/** Writes a stream's events to the turn log: one append in flight, the rest is gathered and joined meanwhile. */
export function createTurnWriter(options: TurnWriterOptions) {
  const gathered = createCoalescer();
  let seq = options.seq;
  /** The first delta goes out at once; what comes before one (a step's start) waits for it and costs no append of its own. */
  let lastAppendAt = -Infinity;
  let hasDelta = false;
  let completion: { usage: Usage } | null = null;
  let running: Promise<void> | null = null;
  const ended = Promise.withResolvers<Written>();
  let isOver = false;

  const finish = (written: Written) => {
    isOver = true;
    ended.resolve(written);
  };
  options.signal.addEventListener('abort', () => finish({ kind: 'aborted' }), { once: true });

  function wake(): void {
    if (running || isOver) return;
    running = run(); // it awaits an append before it can end, so this comes before `running` is cleared
  }

  async function run(): Promise<void> {
    while (!isOver && (hasDelta || completion)) {
      const wait = completion ? 0 : lastAppendAt + JOIN_MS - performance.now();
      if (wait > 0) await pause(wait);
      if (isOver) break;
      const completes = completion;
      hasDelta = false;
      await put(gathered.take(), completes);
      if (completes) break;
    }
    running = null; // in the same breath as the last look: whoever adds from here on wakes it again
  }

  /** Sends the very same events until the store has answered for them: a lost answer must not double them. */
  async function put(events: TurnEvent[], completes: { usage: Usage } | null): Promise<void> {
    const from = seq;
    for (let wait = AGAIN_MS; !isOver; wait = Math.min(wait * 2, AGAIN_MAX_MS)) {
      const fence = options.fence();
      let answer: Appended;
      try {
        answer = await options.append({
          turnId: options.turnId,
          fence,
          seq: from,
          events,
          ...(completes && { completes }),
        });
      } catch (error) {
        if (wait === AGAIN_MS) options.onTrouble(error);
        await pause(wait);
        continue;
      }
      switch (answer.kind) {
        case 'ok':
        case 'duplicate':
          seq = from + events.length;
          lastAppendAt = performance.now();
          options.onAppended({ from, to: seq - 1, events });
          if (completes) finish({ kind: 'completed' });
          return;
        case 'ended':
          // The answer to the completing append was lost: this is it [LOG3].
          return finish(
            completes && answer.outcome === 'completed'
              ? { kind: 'completed' }
              : { kind: 'ended', outcome: answer.outcome },
          );
        case 'fenced':
          if (!options.isClaimed() && isSameFence(fence, options.fence())) return finish({ kind: 'fenced' });
          await pause(wait); // being adopted: the same events again, with the adopter's fence [ACT6]
          break;
        case 'gap':
          return finish({ kind: 'fenced' }); // somebody else wrote here, or the log lost its end
      }
    }
  }

  return {
    add(event: TurnEvent): void {
      gathered.add(event);
      if (!('delta' in event.chunk)) return;
      hasDelta = true;
      wake();
    },
    /** All events are in: the turn is complete with the last of them. */
    complete(usage: Usage): void {
      completion = { usage };
      wake();
    },
    /** Resolves when everything gathered so far is in the store, or the writing ended. */
    async flushed(): Promise<void> {
      while (running && !isOver) await Promise.race([running, ended.promise]);
    },
    ended: ended.promise,
  };
}

export type TurnWriter = ReturnType<typeof createTurnWriter>;
