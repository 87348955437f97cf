import type { Settings } from '#lib/protocol/turn.ts';
import type { Tx } from './database.ts';
import { settingsOf } from './rows.ts';
import type { ConversationRecord, TurnRecord } from './schema.ts';
import { readTurn } from './turns.ts';

/**
 * Takes the conversation's row lock: the first statement of every transaction that changes a turn's row, so that commit
 * order is rev order on every database [ROW1].
 */
export function lockConversation(tx: Tx, id: string): Promise<ConversationRecord | undefined> {
  return tx
    .updateTable('conversation')
    .set((eb) => ({ rev: eb.ref('rev') }))
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst();
}

/** The turn under its conversation's lock, which is taken first, always. */
export async function lockTurn(
  tx: Tx,
  turnId: string,
): Promise<(TurnRecord & { paused: number; settings: Settings }) | undefined> {
  const found = await tx.selectFrom('turn').select('conversation_id').where('id', '=', turnId).executeTakeFirst();
  if (!found) return undefined;
  const conversation = await lockConversation(tx, found.conversation_id);
  const turn = await readTurn(tx, turnId);
  return turn && conversation && { ...turn, paused: conversation.paused, settings: settingsOf(conversation) };
}

/** The next rev, for everything that this transaction changes. */
export async function nextRev(tx: Tx, conversationId: string): Promise<number> {
  const { rev } = await tx
    .updateTable('conversation')
    .set((eb) => ({ rev: eb('rev', '+', 1) }))
    .where('id', '=', conversationId)
    .returning('rev')
    .executeTakeFirstOrThrow();
  return rev;
}

/** The next revision of the list of conversations; locked after the conversation, always. */
export async function nextListRev(tx: Tx): Promise<number> {
  const { rev } = await tx
    .updateTable('conversation_list')
    .set((eb) => ({ rev: eb('rev', '+', 1) }))
    .returning('rev')
    .executeTakeFirstOrThrow();
  return rev;
}
