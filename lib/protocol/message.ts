import type { EventRange } from './event.ts';
import type { Branches } from './branches.ts';
import type { Reply } from './reply.ts';
import type { Subscribe } from './command.ts';
import type { ConversationRow, ConversationSummary, Turn, TurnRow } from './turn.ts';

/** Rows of all turns that changed after rev `from` and up to rev `to` [VIEW3]. */
export type TurnsChanged = {
  conversationId: string;
  from: number;
  to: number;
  conversation: ConversationRow;
  turns: TurnRow[];
};

export type EventsAppended = EventRange & { conversationId: string };

/** Where the conversation stands, so that a lost last message is noticed [VIEW7]. */
export type TipReached = { conversationId: string; rev: number; live: { turnId: string; seq: number } | null };

/**
 * One snapshot [VIEW2]: turns changed since the rev asked for, ended ones with their words, and the running one's reply:
 * the events beyond the asked seq where the log still has them, else all of it.
 */
export type ConversationAnswer = {
  conversation: ConversationRow;
  turns: (Turn | TurnRow)[];
  live: { turnId: string; reply: Reply } | EventRange | null;
  /** With a page, where its turns have siblings. */
  branches?: Branches[];
};

export type ListEntry = ConversationSummary & { deleted: boolean };
export type ListChanged = { from: number; to: number; conversations: ListEntry[] };
export type ListAnswer = { rev: number; conversations: ListEntry[] };

export type Refusal = { error: { code: string; message: string } };

/** Events the gateway emits, and the one it listens to. Names of facts are past tense. */
export type ServerToClient = {
  turnsChanged: (message: TurnsChanged) => void;
  eventsAppended: (message: EventsAppended) => void;
  tipReached: (message: TipReached) => void;
  listChanged: (message: ListChanged) => void;
};
export type ClientToServer = {
  subscribe: (message: Subscribe, answer: (result: ConversationAnswer | ListAnswer | Refusal) => void) => void;
};

/** State of one part of the app, for `GET /api/health`. */
export type PartHealth = { state: 'ok' | 'starting' | 'away' | 'unavailable'; detail?: string };
/** `url` is Temporal's own UI, where it is known; the conversation's workflow is found there by its namespace. */
export type TemporalHealth = PartHealth & { url?: string; namespace?: string };
export type ModelHealth = PartHealth & { name?: string; source?: 'openai' | 'local' | 'embedded'; percent?: number };
export type Health = {
  status: 'ok' | 'unavailable';
  store: PartHealth;
  gateway: PartHealth;
  temporal: TemporalHealth;
  worker: PartHealth;
  model: ModelHealth;
};
