import type { Tx } from './database.ts';
import type { ConversationRecord } from './schema.ts';

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
