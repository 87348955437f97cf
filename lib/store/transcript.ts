import { textOf } from '#lib/protocol/reply.ts';
import type { Status } from '#lib/protocol/turn.ts';
import type { Database } from './database.ts';
import { partsIn } from './rows.ts';
import { countUp, readTurn } from './turns.ts';

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

/** Conversations whose line was counted; beyond so many, all are counted anew. */
const COUNTED_MAX = 1_000;

/**
 * How many turns a conversation's line has up to one that stands above a running turn: nothing above that changes any
 * more, so it is counted from the turn that was asked for last. From the root it took 20 ms at 10,000 turns, before each
 * model call whose context is cut.
 */
export function createLineLength(db: Database) {
  const counted = new Map<string, { turnId: string; length: number }>();
  return async (conversationId: string, turnId: string): Promise<number> => {
    const last = counted.get(conversationId);
    const { count, isFound } = await db.read((tx) => countUp(tx, turnId, last?.turnId ?? null));
    const length = last && isFound ? last.length + count - 1 : count;
    if (counted.size >= COUNTED_MAX) counted.clear();
    counted.set(conversationId, { turnId, length });
    return length;
  };
}
