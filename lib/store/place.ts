import type { SendTurn } from '#lib/protocol/command.ts';
import type { Tx } from './database.ts';
import { isOpen } from './conditions.ts';
import { standsBehindOpen } from './order.ts';
import type { ConversationRecord, TurnRecord } from './schema.ts';
import { isBelow } from './turns.ts';

export type Place = { parentId: string | null; takesOver: string[] };

/** Where a turn goes in the tree, and which waiting turns now follow it [SEND4]. */
export async function placeOf(
  tx: Tx,
  conversation: ConversationRecord,
  command: SendTurn,
  ended: TurnRecord[],
): Promise<Place> {
  if (command.parentId !== undefined) {
    // A retry stands beside the failed turn, in its place: what waited for that one waits for this one.
    const failed = await tx
      .selectFrom('turn')
      .select('id')
      .where('conversation_id', '=', conversation.id)
      .where('parent_id', command.parentId === null ? 'is' : '=', command.parentId)
      .where('status', '=', 'failed')
      .execute();
    const ids = failed.map((turn) => turn.id);
    return { parentId: command.parentId, takesOver: await waitingBehind(tx, conversation.id, ids) };
  }
  const last = await lastInFront(tx, ended);
  if (last) {
    const ids = ended.map((turn) => turn.id);
    return { parentId: last.id, takesOver: await waitingBehind(tx, conversation.id, ids) };
  }
  if (command.mode === 'interject') {
    // Goes before what only waits, so it stands before it in the line as well.
    const next = await tx
      .selectFrom('turn')
      .select(['id', 'parent_id'])
      .where('conversation_id', '=', conversation.id)
      .where(isOpen)
      .where('status', '=', 'queued')
      .where('mode', '=', 'queue')
      .orderBy('order')
      .limit(1)
      .executeTakeFirst();
    if (next) return { parentId: next.parent_id, takesOver: [next.id] };
  }
  return { parentId: conversation.head, takesOver: [] };
}

/**
 * The last of the turns that an interjection ended which stands behind no turn that still waits: the new one is put
 * before those, and must not become its own ancestor. The one that ran always qualifies.
 */
async function lastInFront(tx: Tx, ended: TurnRecord[]): Promise<TurnRecord | undefined> {
  for (const turn of ended.toReversed()) {
    if (!(await standsBehindOpen(tx, turn.parent_id))) return turn;
  }
  return undefined;
}

/**
 * Turns that wait behind these, also behind one that was taken back before it began: an ended turn never changes, so
 * that one stays where it was and is passed over.
 */
export async function waitingBehind(tx: Tx, conversationId: string, parents: string[]): Promise<string[]> {
  const waiting: string[] = [];
  for (let from = parents; from.length > 0;) {
    const children = await tx
      .selectFrom('turn')
      .select(['id', 'status'])
      .where('conversation_id', '=', conversationId)
      .where('parent_id', 'in', from)
      .where('started_at', 'is', null)
      .execute();
    waiting.push(...children.filter((turn) => turn.status === 'queued').map((turn) => turn.id));
    from = children.filter((turn) => turn.status !== 'queued').map((turn) => turn.id);
  }
  return waiting;
}

/**
 * The leaf of the line that a new turn stands in: itself, unless turns now follow it. Then the leaf stays what it was,
 * where it is one of them: also one that was stopped while it waited stays in the line.
 */
export async function headAfter(
  tx: Tx,
  conversation: ConversationRecord,
  turnId: string,
  takesOver: string[],
): Promise<string> {
  if (takesOver.length === 0) return turnId;
  const { id, head } = conversation;
  if (head !== null && (await isBelow(tx, head, turnId))) return head;
  return lastWaiting(tx, id, turnId);
}

async function lastWaiting(tx: Tx, conversationId: string, turnId: string): Promise<string> {
  for (let leaf = turnId; ;) {
    const next = await tx
      .selectFrom('turn')
      .select('id')
      .where('conversation_id', '=', conversationId)
      .where('parent_id', '=', leaf)
      .where('status', '=', 'queued')
      .limit(1)
      .executeTakeFirst();
    if (!next) return leaf;
    leaf = next.id;
  }
}
