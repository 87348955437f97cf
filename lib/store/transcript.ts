import { sql } from 'kysely';
import { textOf } from '#lib/protocol/reply.ts';
import type { Status } from '#lib/protocol/turn.ts';
import type { Database } from './database.ts';
import { partsIn } from './rows.ts';
import { readTurn } from './turns.ts';

/** A turn as the model's context needs it. */
export type TranscriptTurn = { id: string; prompt: string; reply: string; status: Status; begun: boolean };

/**
 * The turns before `turnId` on its path to the root, the nearest first, one by one: the caller takes as many as fit the
 * model's window [CTX1]. Each is read when it is asked for, so that a long conversation costs no more than its window.
 */
export async function* turnsBefore(db: Database, turnId: string): AsyncGenerator<TranscriptTurn> {
  const parentOf = (id: string) =>
    db.read((tx) => tx.selectFrom('turn').select('parent_id').where('id', '=', id).executeTakeFirst());
  for (let next = (await parentOf(turnId))?.parent_id ?? null; next !== null;) {
    const id: string = next;
    const record = await db.read((tx) => readTurn(tx, id));
    if (!record) return;
    const reply = textOf(partsIn(record));
    yield { id, prompt: record.prompt, reply, status: record.status, begun: record.started_at !== null };
    next = record.parent_id;
  }
}

/** How many turns the line has up to this one. */
export function lineLength(db: Database, turnId: string): Promise<number> {
  return db.read(async (tx) => {
    const { rows } = await sql<{ length: number }>`
      with recursive line (id, parent_id) as (
        select id, parent_id from turn where id = ${turnId}
        union
        select turn.id, turn.parent_id from turn join line on turn.id = line.parent_id
      )
      select count(*) as length from line`.execute(tx);
    return rows[0]?.length ?? 0;
  });
}
