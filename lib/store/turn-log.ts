import { sql } from 'kysely';
import { isSameFence, type Fence } from '#lib/protocol/fence.ts';
import { isOutcome, type Outcome, type TurnError, type TurnRow } from '#lib/protocol/turn.ts';
import { appendEvents, type Appended, type AppendRequest } from './appending.ts';
import type { Database } from './database.ts';
import { endTurn } from './ending.ts';
import { countFailure, type FailureCounted, type TryFailed } from './failing.ts';
import { filledUp } from './filled-up.ts';
import { lockTurn, nextRev } from './locks.ts';
import { openStep, type Opened, type OpenRequest } from './opening.ts';
import { fenceOf, fenceText, turnRow } from './rows.ts';

/** The atomic operations on a turn's log; each answer is a value, and asking twice does no harm. */
export function createTurnLog(db: Database) {
  return {
    open: (request: OpenRequest): Promise<Opened> => openStep(db, request),
    append: (request: AppendRequest): Promise<Appended> => appendEvents(db, request),
    /** Gives the turn an outcome if it has none yet; the final row either way, null for a turn that is not there [LOG4]. */
    end: (turnId: string, outcome: Outcome, error?: TurnError): Promise<TurnRow | null> =>
      db.write(async (tx) => {
        const turn = await lockTurn(tx, turnId);
        if (!turn) return null;
        if (isOutcome(turn.status)) return turnRow(turn);
        const rev = await nextRev(tx, turn.conversation_id);
        return turnRow(await endTurn(tx, turn, { outcome, rev, now: db.now(), ...(error && { error }) }));
      }),

    fail: (failed: TryFailed): Promise<FailureCounted> => countFailure(db, failed),

    /** Notes how many of the oldest turns the model's window left out; shown with the turn [CTX3]. */
    noteOmitted: (turnId: string, fence: Fence, omittedTurns: number): Promise<void> =>
      db.write(async (tx) => {
        const turn = await lockTurn(tx, turnId);
        const held = turn && fenceOf(turn);
        if (
          !turn ||
          isOutcome(turn.status) ||
          !held ||
          !isSameFence(held, fence) ||
          turn.omitted_turns === omittedTurns
        )
          return;
        const rev = await nextRev(tx, turn.conversation_id);
        await tx.updateTable('turn').set({ omitted_turns: omittedTurns, rev }).where('id', '=', turnId).execute();
      }),

    /** Says that these turns live, each by the fence that holds it: one statement for all of a process [LOG9]. */
    keepAlive: (held: { turnId: string; fence: Fence }[]): Promise<void> =>
      db.write(async (tx) => {
        if (held.length === 0) return;
        const pairs = filledUp(held).map(({ turnId, fence }) => sql`(${turnId}, ${fenceText(fence)})`);
        await tx
          .updateTable('turn')
          .set({ alive_at: db.now() })
          .where('status', '=', 'running')
          .where(sql<boolean>`(id, fence) in (values ${sql.join(pairs)})`)
          .execute();
      }),

    /** Which of these turns have their outcome, or are no more: one query for all live turns of a process [STOP2]. */
    endedAmong: (turnIds: string[]): Promise<Map<string, Outcome>> =>
      db.read(async (tx) => {
        if (turnIds.length === 0) return new Map();
        const ids = filledUp(turnIds);
        const rows = await tx.selectFrom('turn').select(['id', 'status']).where('id', 'in', ids).execute();
        const status = new Map(rows.map((row) => [row.id, row.status]));
        return new Map(
          turnIds.flatMap((id): [string, Outcome][] => {
            const now = status.get(id) ?? 'stopped';
            return isOutcome(now) ? [[id, now]] : [];
          }),
        );
      }),
  };
}
