import { notFound } from 'next/navigation';
import { Id } from '#lib/protocol/ids.ts';

/** The shell draws the conversation; what is no id is no page. */
export default async function ConversationPage({ params }: { params: Promise<{ conversationId: string }> }) {
  const { conversationId } = await params;
  if (!Id.safeParse(conversationId).success) notFound();
  return null;
}
