import type { EventsAppended, TipReached, TurnsChanged } from '#lib/protocol/message.ts';
import type { Viewer } from './viewer.ts';

/** One conversation's viewers in this gateway, and how far it has told them. */
export type Channel = {
  conversationId: string;
  viewers: Set<Viewer>;
  /** Null until the first snapshot says where to begin. */
  sent: { rev: number; live: { turnId: string; seq: number } | null } | null;
};

export const createChannel = (conversationId: string): Channel => ({ conversationId, viewers: new Set(), sent: null });

export function sendTurns({ viewers }: Channel, message: TurnsChanged): void {
  for (const viewer of viewers) viewer.send('turnsChanged', message);
}

export function sendEvents({ viewers }: Channel, message: EventsAppended): void {
  for (const viewer of viewers) viewer.send('eventsAppended', message);
}

export function sendTip(viewers: Iterable<Viewer>, { conversationId, sent }: Channel): void {
  if (!sent) return;
  const message: TipReached = { conversationId, rev: sent.rev, live: sent.live };
  for (const viewer of viewers) viewer.send('tipReached', message);
}
