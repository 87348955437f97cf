import { isSameFence, type Fence } from '#lib/protocol/fence.ts';
import { LIMITS } from '#lib/protocol/limits.ts';
import { isOutcome, type Outcome, type Retry, type TurnError } from '#lib/protocol/turn.ts';
import type { Database } from './database.ts';
import { endTurn } from './ending.ts';
import { lockTurn, nextRev } from './locks.ts';
import { fenceOf } from './rows.ts';

export type TryFailed = {
  turnId: string;
  step: number;
  fence: Fence;
  /** One per model call: a report that is sent twice counts once. */
  callId: string;
  error: TurnError;
  /** When the next attempt begins; absent: the provider's answer is final. */
  retryAt?: number;
  /** No other turn would fare better (a wrong key): the conversation waits for its user [ACT8]. */
  pauses?: boolean;
};

export type FailureCounted =
  | { kind: 'again'; tries: number }
  | { kind: 'fenced' }
  | { kind: 'ended'; outcome: Outcome };

/** Counts a provider's failure, once per call; the third one, or a final one, ends the turn as failed [LOG10] [ACT8]. */
export const countFailure = (db: Database, failed: TryFailed): Promise<FailureCounted> =>
  db.write(async (tx) => {
    const turn = await lockTurn(tx, failed.turnId);
    if (!turn) return { kind: 'ended', outcome: 'stopped' };
    if (isOutcome(turn.status)) return { kind: 'ended', outcome: turn.status };
    const held = fenceOf(turn);
    if (!held || !isSameFence(held, failed.fence)) return { kind: 'fenced' };
    const counted = turn.try_step === failed.step && turn.try_call === failed.callId;
    const before = turn.try_step === failed.step ? turn.tries : 0;
    const tries = counted ? before : before + 1;
    const rev = await nextRev(tx, turn.conversation_id);
    if (failed.retryAt === undefined || tries >= LIMITS.tries) {
      if (failed.pauses)
        await tx.updateTable('conversation').set({ paused: 1 }).where('id', '=', turn.conversation_id).execute();
      await endTurn(tx, turn, { outcome: 'failed', rev, now: db.now(), error: failed.error });
      return { kind: 'ended', outcome: 'failed' };
    }
    const retry: Retry = { ...failed.error, at: new Date(failed.retryAt).toISOString(), tries };
    await tx
      .updateTable('turn')
      .set({
        tries,
        try_step: failed.step,
        try_call: failed.callId,
        retry: JSON.stringify(retry),
        alive_at: db.now(),
        rev,
      })
      .where('id', '=', turn.id)
      .execute();
    return { kind: 'again', tries };
  });
