import { expect } from 'vitest';
import type { Chunk, TurnEvent } from '#lib/protocol/event.ts';
import type { Fence } from '#lib/protocol/fence.ts';
import type { Appended, AppendRequest } from '#lib/store/appending.ts';
import { createTurnWriter } from '#worker/stream/turn-writer.ts';

export const USAGE = { inputTokens: 1, outputTokens: 2 };
export const fenceNo = (activity: number): Fence => ({ runId: 'run', runStartedAt: 1, step: 0, activity, attempt: 1 });
export const event = (chunk: Chunk): TurnEvent => ({ step: 0, chunk });
export const delta = (text: string) => event({ type: 'text-delta', id: '0', delta: text });
export const textOf = (events: TurnEvent[]) =>
  events.map(({ chunk }) => ('delta' in chunk ? chunk.delta : '')).join('');

export type Answer = Appended | 'lost' | 'broken';

/**
 * A writer over a log in memory that keeps the store's rules for seq and fence. `answers` says how each append goes:
 * by the rules, or `broken` (nothing taken, a throw), or `lost` (taken, and a throw).
 */
export function written(answers: (nth: number) => Answer | Promise<Answer> | undefined = () => undefined) {
  const log = { events: [] as TurnEvent[], fence: fenceNo(1), ended: false };
  const state = { fence: fenceNo(1), claimed: false };
  const appends: AppendRequest[] = [];
  const emitted: { from: number; to: number; events: TurnEvent[] }[] = [];
  const troubles: unknown[] = [];
  const controller = new AbortController();
  let inFlight = 0;

  function judge(request: AppendRequest): Appended {
    if (log.ended) return { kind: 'ended', outcome: 'completed' };
    if (request.fence.activity !== log.fence.activity) return { kind: 'fenced' };
    if (request.seq <= log.events.length) return { kind: 'duplicate' };
    if (request.seq > log.events.length + 1) return { kind: 'gap', expected: log.events.length + 1 };
    log.events.push(...request.events);
    log.ended = request.completes !== undefined;
    return { kind: 'ok' };
  }

  const writer = createTurnWriter({
    turnId: 'turn',
    seq: 1,
    fence: () => state.fence,
    isClaimed: () => state.claimed,
    async append(request) {
      expect((inFlight += 1)).toBe(1);
      appends.push(request);
      const answer = await answers(appends.length);
      inFlight -= 1;
      if (answer === 'broken') throw new Error('the store is full');
      const judged = typeof answer === 'object' ? answer : judge(request);
      if (answer === 'lost') throw new Error('the answer was lost');
      return judged;
    },
    onAppended: (range) => void emitted.push(range),
    onTrouble: (error) => void troubles.push(error),
    signal: controller.signal,
  });
  return { writer, log, state, appends, emitted, troubles, abort: () => controller.abort() };
}
