import { sql } from 'kysely';
import type { Tx } from './database.ts';
import { isOpen } from './conditions.ts';
import { lineUp } from './turns.ts';

/**
 * Which of a conversation's open turns goes first: the running one; then, of those that stand behind no open turn in
 * their line, interjections, then by order [LOG1].
 */
export async function goesFirst(tx: Tx, conversationId: string): Promise<string | undefined> {
  const open = await tx
    .selectFrom('turn')
    .select(['id', 'status', 'parent_id'])
    .where('conversation_id', '=', conversationId)
    .where(isOpen)
    .orderBy(sql`case when status = 'running' then 0 when mode = 'interject' then 1 else 2 end`)
    .orderBy('order')
    .execute();
  for (const turn of open) {
    if (turn.status === 'running' || !(await standsBehindOpen(tx, turn.parent_id))) return turn.id;
  }
  return undefined;
}

/** Whether the nearest turn up the line that was not taken back before it began is still open. */
export async function standsBehindOpen(tx: Tx, parentId: string | null): Promise<boolean> {
  for await (const { status, started_at } of lineUp(tx, parentId)) {
    if (started_at !== null) return status === 'running';
    if (status === 'queued') return true;
  }
  return false;
}
