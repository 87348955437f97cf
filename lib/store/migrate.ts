import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { backup, DatabaseSync } from 'node:sqlite';
import { Migrator } from 'kysely';
import { parseEnv, StoreEnv } from '#lib/env.ts';
import { databaseFile } from './database.ts';
import { migrations } from './migrations/index.ts';
import { BUSY_TIMEOUT_MS, isBusy, openSqlite, readOnlyOr, StoreBusy, whenFree } from './sqlite.ts';

const NAMES = Object.keys(migrations);

/**
 * Names of the migrations a store has had, in order; none for a store that does not exist yet. `whole`: every page of it
 * is looked at (about a second for a gigabyte). Throws a readable reason when it is damaged, or no store.
 */
function appliedTo(file: string, { whole = false } = {}): string[] {
  if (!existsSync(file)) return [];
  let db: DatabaseSync | undefined;
  try {
    // Whoever closes the store as the last one, or recovers its log, holds it for a moment.
    db = new DatabaseSync(file, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
    const found = whole ? db.prepare('pragma quick_check(1)').get()?.quick_check : 'ok';
    if (found !== 'ok') throw new Error(String(found));
    const known = db.prepare("select 1 from sqlite_master where name = 'kysely_migration'").get();
    if (!known) return [];
    return db
      .prepare('select name from kysely_migration order by name')
      .all()
      .map((row) => String(row.name));
  } catch (cause) {
    if (isBusy(cause)) throw new StoreBusy(`Another process holds the store ${file}.`, { cause });
    // A whole one that cannot be opened now must not be moved away.
    const closed = readOnlyOr(cause, file);
    if (closed !== cause) throw closed;
    throw new Error(
      `The store ${file} cannot be read: it is damaged or no store. Move it away, or put a backup in its place.`,
      { cause },
    );
  } finally {
    db?.close();
  }
}

/**
 * Brings the store in `dataDir` to this code's schema; an older one is copied beside itself first.
 * Throws a readable reason when the store is newer than the code, or cannot be read: it is then left as it is.
 */
export async function migrate(dataDir: string): Promise<{ from: number; to: number; backup: string | null }> {
  mkdirSync(dataDir, { recursive: true });
  const file = databaseFile(dataDir);
  // Another process may be at it at the same time.
  const applied = await whenFree(() => appliedTo(file, { whole: true }));
  if (applied.some((name) => !NAMES.includes(name))) {
    throw new Error(
      `The store ${file} was written by a newer Parley. Update the code, or set DATA_DIR to another folder.`,
    );
  }
  if (applied.length === NAMES.length) return { from: applied.length, to: applied.length, backup: null };
  const { kysely, connection } = await whenFree(() => openSqlite(file, { write: true, full: true }));
  try {
    const copy = applied.length > 0 ? await copyOf(connection, file, applied) : null;
    const migrator = new Migrator({ db: kysely, provider: { getMigrations: async () => migrations } });
    const made = await whenFree(async () => {
      const { error, results = [] } = await migrator.migrateToLatest();
      if (isBusy(error)) throw error;
      if (error !== undefined) throw new Error(`The store ${file} could not be migrated.`, { cause: error });
      return results.length;
    });
    return { from: NAMES.length - made, to: NAMES.length, backup: made > 0 ? copy : null };
  } finally {
    await kysely.destroy();
  }
}

/** Copies the store beside itself; null when another process has migrated it meanwhile, and so has copied it before. */
async function copyOf(connection: DatabaseSync, file: string, applied: string[]): Promise<string | null> {
  const copy = `${file}.before-${NAMES[applied.length]}`;
  const growing = `${copy}.${randomUUID()}`;
  try {
    await backup(connection, growing);
    if (appliedTo(file).length !== applied.length) return null;
    renameSync(growing, copy);
    return copy;
  } finally {
    rmSync(growing, { force: true });
  }
}

/** Refuses a store that this code does not fit: `migrate` is the one place that changes a schema. */
export function checkMigrated(dataDir: string): void {
  if (appliedTo(databaseFile(dataDir)).length !== NAMES.length) {
    throw new Error(`The store in ${dataDir} is not of this version. Run: npm run migrate`);
  }
}

if (import.meta.main) {
  try {
    const { from, to, backup: copy } = await migrate(parseEnv(StoreEnv).DATA_DIR);
    if (from !== to) console.log(`Store migrated from version ${from} to ${to}.${copy ? ` Backup: ${copy}` : ''}`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
