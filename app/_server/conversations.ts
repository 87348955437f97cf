import type { ChangeConversation, TurnsPage } from '#lib/protocol/command.ts';
import type { ConversationRow } from '#lib/protocol/turn.ts';
import { refusal, type Answer } from './answer.ts';
import { webStore } from './app.ts';
import { tellDeleted } from './telling.ts';

export const conversationNotFound = () => refusal('not_found', 'There is no such conversation.');

export async function listConversations(): Promise<Answer> {
  return { status: 200, body: { conversations: await webStore().conversations.list() } };
}

export async function readConversation(id: string, page: TurnsPage): Promise<Answer> {
  const read = await webStore().conversations.page(id, page);
  if (read === null) return conversationNotFound();

  const { conversation, ...turns } = read;
  return { status: 200, body: { ...told(conversation), ...turns } };
}

export async function changeConversation(id: string, change: ChangeConversation): Promise<Answer> {
  const changed = await webStore().conversations.change(id, change);
  if (changed === null) return conversationNotFound();
  if (changed === 'bad-head') return refusal('bad_head', 'head must name a turn of this conversation.');
  return { status: 200, body: told(changed) };
}

export async function deleteConversation(id: string): Promise<Answer> {
  if (!(await webStore().conversations.delete(id))) return conversationNotFound();
  tellDeleted(id);
  return { status: 204 };
}

export async function restoreConversation(id: string): Promise<Answer> {
  const restored = await webStore().conversations.restore(id);
  if (restored === null) return conversationNotFound();
  if (restored === 'too-late') return refusal('deleted', 'This conversation was deleted too long ago.');
  return { status: 200, body: told(restored) };
}

/** What is told of a conversation here; a deleted one is not. */
const told = ({ deleted: _, ...conversation }: ConversationRow) => conversation;
