import type { DatabaseSync } from 'node:sqlite';
import type { TurnEvent } from '#lib/protocol/event.ts';
import type { Mode, Status } from '#lib/protocol/turn.ts';

/** A turn as it stands in the tables. */
export type Entry = {
  id: string;
  conversation_id: string;
  status: Status;
  mode: Mode;
  order: number;
  parent_id: string | null;
  seq: number;
  rev: number;
  started_at: number | null;
  fence: string | null;
  parts: string | null;
  proof: string | null;
  error: string | null;
  retry: string | null;
  alive_at: number;
  stop_due: number;
  signal_due_at: number;
  owner: string | null;
};

export type ConversationEntry = {
  id: string;
  rev: number;
  paused: number;
  head: string | null;
  deleted_at: number | null;
};

export type Tables = ReturnType<typeof tablesOf>;

/** The tables as they are, past all code of the store's. */
export function tablesOf(raw: DatabaseSync) {
  const version = raw.prepare('PRAGMA data_version');
  const turns = raw.prepare(`select id, conversation_id, status, mode, "order", parent_id, seq, rev, started_at, fence,
    parts, proof, error, retry, alive_at, stop_due, signal_due_at, owner from turn order by "order"`);
  const conversations = raw.prepare('select id, rev, paused, head, deleted_at from conversation');
  const events = raw.prepare('select seq, event from event where turn_id = ? and seq > ? order by seq');
  return {
    /** Another number after each commit of another connection. */
    version: () => Number(version.get()?.data_version),
    turns: () => byId(turns.all() as unknown as Entry[]),
    conversations: () => byId(conversations.all() as unknown as ConversationEntry[]),
    eventsAfter: (turnId: string, seq: number) =>
      (events.all(turnId, seq) as { seq: number; event: string }[]).map((row) => ({
        seq: row.seq,
        event: JSON.parse(row.event) as TurnEvent,
      })),
  };
}

const byId = <T extends { id: string }>(rows: T[]) => new Map(rows.map((row) => [row.id, row]));
