import { existsSync, mkdirSync } from 'node:fs';
import { backup, DatabaseSync } from 'node:sqlite';
import { Migrator } from 'kysely';
import { parseEnv, StoreEnv } from '#lib/env.ts';
import { databaseFile } from './database.ts';
import { migrations } from './migrations/index.ts';
import { openSqlite } from './sqlite.ts';

const NAMES = Object.keys(migrations);

/** Names of the migrations a store has had, in order; none for a store that does not exist yet. Throws when it is no store. */
function appliedTo(file: string): string[] {
  if (!existsSync(file)) return [];
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    const known = db.prepare("select 1 from sqlite_master where name = 'kysely_migration'").get();
    if (!known) return [];
    return db
      .prepare('select name from kysely_migration order by name')
      .all()
      .map((row) => String(row.name));
  } finally {
    db.close();
  }
}

/**
 * Brings the store in `dataDir` to this code's schema; an older one is copied beside itself first.
 * Throws a readable reason when the store is newer than the code, or cannot be read: it is then left as it is.
 */
export async function migrate(dataDir: string): Promise<{ from: number; to: number; backup: string | null }> {
  mkdirSync(dataDir, { recursive: true });
  const file = databaseFile(dataDir);
  let applied: string[];
  try {
    applied = appliedTo(file);
  } catch (cause) {
    throw new Error(
      `The store ${file} cannot be read: it is damaged or no store. Move it away, or put a backup in its place.`,
      { cause },
    );
  }
  if (applied.some((name) => !NAMES.includes(name))) {
    throw new Error(
      `The store ${file} was written by a newer Parley. Update the code, or set DATA_DIR to another folder.`,
    );
  }
  if (applied.length === NAMES.length) return { from: applied.length, to: applied.length, backup: null };
  const copy = applied.length > 0 ? `${file}.before-${NAMES[applied.length]}` : null;
  const { kysely, connection } = openSqlite(file, { write: true, full: true });
  try {
    if (copy !== null) await backup(connection, copy);
    const migrator = new Migrator({ db: kysely, provider: { getMigrations: async () => migrations } });
    const { error } = await migrator.migrateToLatest();
    if (error !== undefined) throw new Error(`The store ${file} could not be migrated.`, { cause: error });
    return { from: applied.length, to: NAMES.length, backup: copy };
  } finally {
    await kysely.destroy();
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
