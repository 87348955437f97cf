import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Kysely, Transaction } from 'kysely';
import { openSqlite } from './sqlite.ts';
import type { Schema } from './schema.ts';

export type Tx = Transaction<Schema>;

/** How the verbs reach the tables. Nothing but the store may be awaited inside a body. */
export type Database = {
  write: <T>(body: (tx: Tx) => Promise<T>) => Promise<T>;
  /** One snapshot: everything the body reads is of one moment. */
  read: <T>(body: (tx: Tx) => Promise<T>) => Promise<T>;
  /** Throws when the store takes no write now; writes nothing. */
  tryWrite: () => Promise<void>;
  /** Yields whenever another process has committed, until `signal` aborts. `isBusy` says that a turn runs here. */
  changes: (isBusy: () => boolean, signal: AbortSignal) => AsyncGenerator<void>;
  now: () => number;
  close: () => Promise<void>;
};

/** A look costs 2 µs; Stop reaches the worker by it even when Temporal is away [STOP2]. */
const LOOK_BUSY_MS = 5;
const LOOK_IDLE_MS = 100;

export const databaseFile = (dataDir: string) => join(dataDir, 'parley.db');

/** `durable`: commits survive a loss of power, as an answered POST promises. `now` is the clock, for tests. */
export function openDatabase(options: { dataDir: string; durable: boolean; now?: () => number }): Database {
  mkdirSync(options.dataDir, { recursive: true });
  const file = databaseFile(options.dataDir);
  const writer = openSqlite(file, { write: true, full: options.durable });
  const reader = openSqlite(file, { write: false, full: false });
  const db = writer.kysely as unknown as Kysely<Schema>;
  const snapshots = reader.kysely as unknown as Kysely<Schema>;
  const version = writer.connection.prepare('PRAGMA data_version');
  return {
    write: (body) => db.transaction().execute(body),
    read: (body) => snapshots.transaction().execute(body),
    async tryWrite() {
      const tx = await db.startTransaction().execute();
      try {
        await tx
          .updateTable('conversation_list')
          .set((eb) => ({ rev: eb.ref('rev') }))
          .execute();
      } finally {
        await tx.rollback().execute();
      }
    },
    async *changes(isBusy, signal) {
      for (let last = version.get()?.data_version; !signal.aborted;) {
        try {
          await pause(isBusy() ? LOOK_BUSY_MS : LOOK_IDLE_MS, undefined, { signal });
        } catch {
          return; // aborted while it waited
        }
        const next = version.get()?.data_version;
        if (next !== last) yield;
        last = next;
      }
    },
    now: options.now ?? Date.now,
    async close() {
      await snapshots.destroy();
      await db.destroy();
      // Kysely leaves alone what it has never used.
      for (const { connection } of [reader, writer]) if (connection.isOpen) connection.close();
    },
  };
}
