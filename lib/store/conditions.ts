import { sql } from 'kysely';

/**
 * Written out, not bound: SQLite takes an index of some rows only where it can read in the query that no others are
 * asked for [STO4]. With bound values each send, each open and each look of the outbox read every turn there is.
 */
export const isOpen = sql<boolean>`turn.status in ('queued', 'running')`;
export const isRunning = sql<boolean>`turn.status = 'running'`;
export const isStopDue = sql<boolean>`turn.stop_due = 1`;
