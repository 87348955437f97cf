import { sql } from 'kysely';
import type { Tx } from './database.ts';
import type { TurnRecord } from './schema.ts';

/** A turn's whole row, and the line of turns above it. */

export const readTurn = (tx: Tx, id: string): Promise<TurnRecord | undefined> =>
  tx.selectFrom('turn').selectAll().where('id', '=', id).executeTakeFirst();

/** For an id that a user gave: of this conversation only. */
export const readTurnOf = (tx: Tx, conversationId: string, id: string): Promise<TurnRecord | undefined> =>
  tx
    .selectFrom('turn')
    .selectAll()
    .where('id', '=', id)
    .where('conversation_id', '=', conversationId)
    .executeTakeFirst();

/** From a turn up to the root, each read when it is asked for: the caller stops where it has seen enough. */
export async function* lineUp(tx: Tx, leaf: string | null): AsyncGenerator<TurnRecord> {
  for (let id = leaf; id !== null;) {
    const turn = await readTurn(tx, id);
    if (!turn) return;
    yield turn;
    id = turn.parent_id;
  }
}

/**
 * How many turns the line has from `leaf` up to `turnId`, or to the root where that one does not stand in it. With
 * `union all` it took half the time, and would not end where parents ever stood in a circle.
 */
export async function countUp(
  tx: Tx,
  leaf: string,
  turnId: string | null,
): Promise<{ count: number; isFound: boolean }> {
  const { rows } = await sql<{ count: number; found: number | null }>`
    with recursive line (id, parent_id) as (
      select id, parent_id from turn where id = ${leaf}
      union
      select turn.id, turn.parent_id from turn join line on turn.id = line.parent_id where line.id is not ${turnId}
    )
    select count(*) as count, max(id is ${turnId}) as found from line`.execute(tx);
  return { count: rows[0]?.count ?? 0, isFound: rows[0]?.found === 1 };
}

/** Whether `turnId` is `leaf`, or stands above it in its line. */
export const isBelow = async (tx: Tx, leaf: string, turnId: string): Promise<boolean> =>
  (await countUp(tx, leaf, turnId)).isFound;
