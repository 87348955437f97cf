import { notFound } from 'next/navigation';
import { preload } from 'react-dom';
import { Id } from '#lib/protocol/ids.ts';

/** The shell draws the conversation; what is no id is no page. */
export default async function ConversationPage({ params }: { params: Promise<{ conversationId: string }> }) {
  const { data: id } = Id.safeParse((await params).conversationId);
  if (id === undefined) notFound();
  // What the shell will ask for: it is on its way while the scripts are.
  preload(`/api/conversations/${id}`, { as: 'fetch', crossOrigin: 'anonymous' });
  return null;
}
