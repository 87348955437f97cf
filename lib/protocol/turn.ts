import type { UIMessage } from 'ai';

export type Outcome = 'completed' | 'stopped' | 'interrupted' | 'failed';
export type Status = 'queued' | 'running' | Outcome;
export type Mode = 'queue' | 'interject';
export type Part = UIMessage['parts'][number];

/** What went wrong, in words a person can act on; never a provider's own text. */
export type TurnError = { code: string; message: string };

/** Why a running turn waits before its next attempt: `at` is when that begins (ISO 8601). */
export type Retry = TurnError & { at: string; tries: number };

export type Usage = { inputTokens: number | null; outputTokens: number | null };

/** Proof of a whole reply: the last event's seq, and length (UTF-16 units) and checksum of its text. */
export type Proof = { seq: number; length: number; checksum: string };

/** A turn without its words: what travels when a turn changes. Times are ISO 8601. */
export type TurnRow = {
  id: string;
  conversationId: string;
  parentId: string | null;
  order: number;
  mode: Mode;
  prompt: string;
  status: Status;
  error: TurnError | null;
  retry: Retry | null;
  model: string | null;
  usage: Usage | null;
  /** Oldest turns that did not fit the model's window and were left out of its context. */
  omittedTurns: number;
  createdAt: string;
  startedAt: string | null;
  /** When the first delta was stored, and the first of its text: reasoning comes between. */
  firstTokenAt: string | null;
  firstTextAt: string | null;
  endedAt: string | null;
  rev: number;
  /** Set once the turn has its outcome. */
  proof: Proof | null;
};

/** A turn with its reply as far as it goes: `reply` is the text of `parts`. */
export type Turn = TurnRow & { reply: string; parts: Part[] };

export type ConversationRow = {
  id: string;
  title: string;
  rev: number;
  head: string | null;
  paused: boolean;
  deleted: boolean;
  settings: Settings;
};

/** What the user chose for a conversation; what is left out is the endpoint's or the app's default [SET1]. */
export type Settings = { model?: string; instructions?: string; temperature?: number };

/** `listRev` is its place in the list: the highest stands first [GW3]. */
export type ConversationSummary = { id: string; title: string; updatedAt: string; listRev: number };

const OUTCOMES: ReadonlySet<Status> = new Set<Status>(['completed', 'stopped', 'interrupted', 'failed']);

export const isOutcome = (status: Status): status is Outcome => OUTCOMES.has(status);

/**
 * The turns of the line that ends in `head`, root first. Ends early where a parent is not in `turns`
 * (an older page that is not loaded).
 */
export function lineOf<T extends { id: string; parentId: string | null }>(
  turns: ReadonlyMap<string, T>,
  head: string | null,
): T[] {
  // A set, so that it ends: while only some rows of a move have come, a turn may stand above itself.
  const line = new Set<T>();
  for (let turn = head === null ? undefined : turns.get(head); turn && !line.has(turn);) {
    line.add(turn);
    turn = turn.parentId === null ? undefined : turns.get(turn.parentId);
  }
  return [...line].toReversed();
}
