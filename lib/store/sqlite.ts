import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import {
  CompiledQuery,
  Kysely,
  SqliteAdapter,
  SqliteDialect,
  type DialectAdapter,
  SqliteDriver,
  type DatabaseConnection,
  type Driver,
  type SqliteDatabase,
  type SqliteDialectConfig,
  type SqliteStatement,
} from 'kysely';

/** A statement blocked by another process's lock stops every stream of this one, so SQLite itself waits only so long. */
export const BUSY_TIMEOUT_MS = 20;
/** For how long a write tries again, without blocking, before the store is reported as locked. */
const BUSY_DEADLINE_MS = 5_000;
const BUSY_PAUSE_MS = 15;
const SQLITE_BUSY = 5;
const SQLITE_READONLY = 8;
const SQLITE_IOERR = 10;
const SQLITE_CANTOPEN = 14;
/** SQLite's extended codes hold the primary one in their low byte: also a log that is being recovered is busy. */
const PRIMARY_CODE = 0xff;
/** Queries differ by the number of their parameters alone, so there are not many of them. */
const PREPARED_MAX = 300;

/** The store cannot take a write now: another process holds its lock. Nothing was written. */
export class StoreBusy extends Error {
  override name = 'StoreBusy';
}

/** The store's file or folder cannot be written. A connection that was opened so stays so: it must be opened anew. */
export class StoreReadOnly extends Error {
  override name = 'StoreReadOnly';
}

export type Sqlite = { kysely: Kysely<never>; connection: DatabaseSync };

/**
 * One connection over Node's own SQLite. `write`: transactions begin as IMMEDIATE, because a deferred one that reads
 * first and then writes fails at once with BUSY_SNAPSHOT, however long it may wait. `full`: a commit is on the disk
 * when it returns; else only when the write-ahead log is next synced, still in commit order. Throws StoreReadOnly, or
 * StoreBusy where another process’s lock keeps it from being set up.
 */
export function openSqlite(file: string, { write, full }: { write: boolean; full: boolean }): Sqlite {
  const connection = new DatabaseSync(file, { readOnly: !write, timeout: BUSY_TIMEOUT_MS });
  if (write) prepareToWrite(connection, file, full);
  const database = asKyselyDatabase(connection);
  const dialect = write ? new WriteDialect({ database }, connection) : new SqliteDialect({ database });
  return { kysely: new Kysely<never>({ dialect }), connection };
}

function prepareToWrite(connection: DatabaseSync, file: string, full: boolean): void {
  try {
    connection.exec('PRAGMA journal_mode = WAL');
    connection.exec(`PRAGMA synchronous = ${full ? 'FULL' : 'NORMAL'}`);
    connection.exec('PRAGMA foreign_keys = ON');
    tryToWrite(connection);
  } catch (error) {
    connection.close();
    // What a lock kept from being set would stay unset as long as the connection lives.
    if (isBusy(error)) throw new StoreBusy(`Another process holds the store ${file}.`, { cause: error });
    throw readOnlyOr(error, file);
  }
}

/** Of a read-only file SQLite makes a read of the BEGIN and says nothing: only a write, taken back, tells. */
function tryToWrite(connection: DatabaseSync): void {
  try {
    connection.exec('BEGIN IMMEDIATE');
  } catch (error) {
    if (isBusy(error)) return; // it can be written, only not now
    throw error;
  }
  connection.exec('PRAGMA user_version = 0');
  connection.exec('ROLLBACK');
}

/** The error itself, unless it says that the file, its folder or their disk is closed to us: another time they may not be. */
export function readOnlyOr(error: unknown, file: string): unknown {
  if (![SQLITE_READONLY, SQLITE_CANTOPEN, SQLITE_IOERR].includes(codeOf(error) ?? 0)) return error;
  const words = `The store ${file} cannot be written. Make the file and its folder writable.`;
  return new StoreReadOnly(words, { cause: error });
}

const values = (parameters: readonly unknown[]) => parameters as SQLInputValue[];

/** Kysely wants better-sqlite3's surface; this is the part of it that it calls. */
function asKyselyDatabase(connection: DatabaseSync): SqliteDatabase {
  const prepared = new Map<string, SqliteStatement>();
  return {
    close: () => connection.close(),
    prepare(sql) {
      let statement = prepared.get(sql);
      if (!statement) {
        if (prepared.size >= PREPARED_MAX) prepared.clear();
        statement = prepare(connection, sql);
        prepared.set(sql, statement);
      }
      return statement;
    },
  };
}

function prepare(connection: DatabaseSync, sql: string): SqliteStatement {
  const statement = connection.prepare(sql);
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...values(parameters)),
    run: (parameters) => statement.run(...values(parameters)),
    iterate: (parameters) => statement.iterate(...values(parameters)),
  };
}

class WriteDialect extends SqliteDialect {
  readonly #config: SqliteDialectConfig;
  readonly #connection: DatabaseSync;
  constructor(config: SqliteDialectConfig, connection: DatabaseSync) {
    super(config);
    this.#config = config;
    this.#connection = connection;
  }
  override createDriver(): Driver {
    return new WriteDriver(this.#config, this.#connection);
  }
  override createAdapter(): DialectAdapter {
    return new WriteAdapter();
  }
}

/** SQLite's schema changes are transactional, so a migration that fails leaves nothing behind; Kysely does not count on it. */
class WriteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class WriteDriver extends SqliteDriver {
  readonly #connection: DatabaseSync;
  constructor(config: SqliteDialectConfig, connection: DatabaseSync) {
    super(config);
    this.#connection = connection;
  }

  /** On a full disk SQLite has rolled back by itself, and a second time would hide the cause. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.#connection.isTransaction) await super.rollbackTransaction(connection);
  }

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await whenFree(() => connection.executeQuery(CompiledQuery.raw('begin immediate')));
  }
}

/** Tries again, without blocking anybody, while another process holds the store; after 5 s it throws StoreBusy. */
export async function whenFree<T>(attempt: () => T | Promise<T>): Promise<T> {
  const deadline = performance.now() + BUSY_DEADLINE_MS;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (performance.now() > deadline) throw new StoreBusy('Another process holds the store.', { cause: error });
      await pause(BUSY_PAUSE_MS * (0.5 + Math.random()));
    }
  }
}

const codeOf = (error: unknown): number | null =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? error.errcode & PRIMARY_CODE
    : null;

export const isBusy = (error: unknown): boolean => error instanceof StoreBusy || codeOf(error) === SQLITE_BUSY;
