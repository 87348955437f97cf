import { isOlder, isSameFence, type Fence } from '#lib/protocol/fence.ts';
import { TIMES } from '#lib/protocol/limits.ts';
import { isOutcome } from '#lib/protocol/turn.ts';
import { count } from './census.ts';
import type { Entry } from './tables.ts';
import { EPOCH } from './virtual-time.ts';
import type { World } from './world.ts';

const COUNTED = new Set(['fenced', 'behind', 'paused', 'lost', 'duplicate', 'done']);

/** How a turn is held before a call that is about it. */
export type Held = { fence: Fence; aliveAt: number } | null;

export function heldBefore({ ledger }: World, [request]: unknown[]): Held {
  if (typeof request !== 'object' || request === null || !('turnId' in request)) return null;
  const turn = ledger.turns.get(String(request.turnId));
  return turn?.fence ? { fence: JSON.parse(turn.fence) as Fence, aliveAt: turn.alive_at } : null;
}

/** [LOG2] [LOG9] [LOG10] [ACT6] The store takes from nobody but the newest attempt. */
export function checkTaken({ violate, clock }: World, verb: string, [request]: unknown[], answer: unknown, held: Held) {
  if (!held || !verb.startsWith('log.') || !TAKEN.has(kindOf(answer))) return;
  const { fence, from, turnId } = request as { fence: Fence; from?: Fence; turnId: string };
  const isHolder = isSameFence(fence, held.fence);
  if (verb !== 'log.open') {
    if (!isHolder) violate('LOG2 LOG10', `${verb} of an attempt that does not hold ${turnId} was taken`);
    return;
  }
  const silentMs = EPOCH + clock.now - held.aliveAt;
  const hasLapsed = fence.runId !== held.fence.runId && silentMs > TIMES.silentMs;
  if (isOlder(fence, held.fence) && !hasLapsed) violate('LOG1 LOG9', `an older attempt opened ${turnId}`);
  if (from && !isHolder && !isSameFence(from, held.fence)) violate('ACT6', `a stale stream of ${turnId} was adopted`);
}

const TAKEN = new Set(['ok', 'again', 'opened']);

const kindOf = (answer: unknown): string =>
  typeof answer === 'object' && answer !== null && 'kind' in answer ? String(answer.kind) : '';

/** Counts the cases that a call's answer shows. */
export function countMet(
  { census, ledger, provider }: World,
  verb: string,
  args: unknown[],
  answer: unknown,
  held: Held,
) {
  if (verb === 'outbox.dueSignals') {
    const due = answer as { turnId: string }[];
    count(census, 'orphaned', due.filter(({ turnId }) => ledger.turns.get(turnId)?.status === 'running').length);
  }
  if (!verb.startsWith('log.')) return;
  const kind = kindOf(answer);
  if (COUNTED.has(kind)) count(census, kind);
  if (verb === 'log.fail' && kind !== 'fenced') {
    const { turnId, callId } = args[0] as { turnId: string; callId: string };
    provider.calls.counted(turnId, callId);
  }
  if (kind !== 'opened') return;
  const { fence, from } = args[0] as { fence: Fence; from?: Fence };
  if (from) count(census, 'adopted');
  if (held && isOlder(fence, held.fence)) count(census, 'lapsed fences');
}

/** Whether a worker's look at the store can certainly find nothing: there are many of them in a long wait. */
export function isVain({ ledger, clock }: World, verb: string): boolean {
  const now = EPOCH + clock.now;
  const none = (test: (turn: Entry) => boolean) => ![...ledger.turns.values()].some(test);
  switch (verb) {
    case 'outbox.dueSignals':
      return none(({ status, signal_due_at, alive_at }) =>
        status === 'queued' ? signal_due_at <= now : status === 'running' && alive_at < now - TIMES.silentMs,
      );
    case 'outbox.dueStops':
      return none(({ stop_due }) => stop_due === 1);
    case 'outbox.heldAttempts':
      return none(({ status }) => status === 'running');
    case 'outbox.openConversations':
      return none(({ status }) => !isOutcome(status));
    case 'outbox.sweep':
      return clock.now < TIMES.restoreMs;
    default:
      return false;
  }
}
