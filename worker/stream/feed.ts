import { EventEmitter } from 'node:events';
import type { EventRange } from '#lib/protocol/event.ts';

type FeedEvents = {
  /** Events that the store has just taken from this process. */
  appended: [conversationId: string, range: EventRange];
  /** Rows of a conversation changed, by this process. */
  changed: [conversationId: string];
  /** Another process committed something. */
  stirred: [];
};

/** What happens in this process, for its gateway and its live streams. Only wakes and shortcuts: the store is the truth [GW2]. */
export type Feed = EventEmitter<FeedEvents>;

export const createFeed = (): Feed => new EventEmitter<FeedEvents>({ captureRejections: true });
