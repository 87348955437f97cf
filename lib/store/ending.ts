import { joinDeltas, type TurnEvent } from '#lib/protocol/event.ts';
import { applyRange, partsOf, proofOf, textOf, type Reply } from '#lib/protocol/reply.ts';
import type { Outcome, TurnError, Usage } from '#lib/protocol/turn.ts';
import type { Tx } from './database.ts';
import { foldedOf } from './rows.ts';
import type { TurnRecord } from './schema.ts';

/** Events of a turn beyond `seq`, in order. */
export async function eventsAfter(tx: Tx, turnId: string, seq: number): Promise<{ seq: number; event: TurnEvent }[]> {
  const rows = await tx
    .selectFrom('event')
    .select(['seq', 'event'])
    .where('turn_id', '=', turnId)
    .where('seq', '>', seq)
    .orderBy('seq')
    .execute();
  return rows.map((row) => ({ seq: row.seq, event: JSON.parse(row.event) as TurnEvent }));
}

/** The reply of a turn without an outcome, as far as its log goes: what is folded, and the events beyond it. */
export async function replySoFar(tx: Tx, turn: Pick<TurnRecord, 'id' | 'folded'>): Promise<Reply> {
  const folded = foldedOf(turn);
  const events = await eventsAfter(tx, turn.id, folded.seq);
  if (events.length === 0) return folded;
  const reply = applyRange(folded, {
    from: folded.seq + 1,
    to: folded.seq + events.length,
    events: joinDeltas(events.map(({ event }) => event)),
  });
  if (typeof reply === 'string' || reply.seq !== events.at(-1)?.seq)
    throw new Error(`The log of turn ${turn.id} is not dense.`);
  return reply;
}

/**
 * Gives a turn its outcome, under the conversation's lock: the first wins, so the caller has looked at the status.
 * Everything is folded into its parts, which closes those still open, with the proof of the whole text [LOG4] [LOG7].
 */
export async function endTurn(
  tx: Tx,
  turn: TurnRecord,
  to: { outcome: Outcome; rev: number; now: number; error?: TurnError; usage?: Usage },
): Promise<TurnRecord> {
  const reply = await replySoFar(tx, turn);
  const parts = partsOf(reply, 'closed');
  const isKnown = turn.status === 'running' || turn.signals > 0; // to the workflow, which then must be told
  return tx
    .updateTable('turn')
    .set({
      status: to.outcome,
      parts: JSON.stringify(parts),
      folded: null,
      proof: JSON.stringify(proofOf(reply.seq, textOf(parts))),
      error: to.error ? JSON.stringify(to.error) : null,
      retry: null,
      ...(to.usage && { usage: JSON.stringify(to.usage) }),
      ended_at: to.now,
      rev: to.rev,
      stop_due: isKnown && (to.outcome === 'stopped' || to.outcome === 'interrupted') ? 1 : 0,
    })
    .where('id', '=', turn.id)
    .returningAll()
    .executeTakeFirstOrThrow();
}
