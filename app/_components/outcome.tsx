import { CircleSlash, CircleX, CornerDownRight } from 'lucide-react';
import type { Turn } from '#lib/protocol/turn.ts';

/** How a reply that is not whole came to its end, and why. */
export function Outcome({ turn }: { turn: Turn }) {
  const words = wordsFor(turn);
  if (words === null) return null;
  const Icon = turn.status === 'failed' ? CircleX : turn.status === 'interrupted' ? CornerDownRight : CircleSlash;
  return (
    <span className={`inline-flex items-center gap-1.5 ${turn.status === 'failed' ? 'text-danger' : ''}`}>
      <Icon aria-hidden className="size-4" />
      {words}
    </span>
  );
}

function wordsFor({ status, startedAt, reply }: Turn): string | null {
  switch (status) {
    case 'stopped':
      return startedAt === null ? 'Stopped before it began' : 'Stopped by you';
    case 'interrupted':
      return reply === '' ? 'Interrupted by you before the first word' : 'Interrupted by what you said next';
    case 'failed':
      return reply === '' ? 'Failed' : 'Failed: this is how far it came';
    case 'completed':
    case 'queued':
    case 'running':
      return null;
  }
}
