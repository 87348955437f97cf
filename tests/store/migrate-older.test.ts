import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Kysely } from 'kysely';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { databaseFile } from '#lib/store/database.ts';
import { migrate } from '#lib/store/migrate.ts';
import type * as Migrations from '#lib/store/migrations/index.ts';
import { openStore } from '#lib/store/store.ts';

/** Set by a test: the code under test has one migration more than the store that a real process has made. */
const next = vi.hoisted(() => ({ fails: false }));

vi.mock('#lib/store/migrations/index.ts', async (original) => {
  const { migrations } = await original<typeof Migrations>();
  const up = async (db: Kysely<unknown>) => {
    await db.schema.alterTable('turn').addColumn('mood', 'text').execute();
    if (next.fails) throw new Error('no room left');
  };
  return { migrations: { ...migrations, '9000-mood': { up } } };
});

let dataDir: string;
let released: number;

/** A store of the version before, with one send in its write-ahead log. */
beforeEach(() => {
  next.fails = false;
  dataDir = mkdtempSync(join(tmpdir(), 'parley-older-'));
  const program = join(import.meta.dirname, '../../lib/store/migrate.ts');
  execFileSync(process.execPath, [program], { env: { ...process.env, DATA_DIR: dataDir } });
  const raw = new DatabaseSync(databaseFile(dataDir));
  released = Number(raw.prepare('select count(*) as n from kysely_migration').get()?.n);
  raw.exec('pragma wal_autocheckpoint = 0');
  raw
    .prepare(
      `insert into conversation (id, title, rev, paused, next_order, list_rev, created_at, updated_at)
       values (?, 'kept', 0, 0, 1, 1, 0, 0)`,
    )
    .run(randomUUID());
  open = raw;
});
let open: DatabaseSync;
afterEach(() => {
  open.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const columnsOf = (file: string) => {
  const raw = new DatabaseSync(file, { readOnly: true });
  const columns = raw
    .prepare('pragma table_info(turn)')
    .all()
    .map((column) => column.name);
  const titles = raw.prepare('select title from conversation').all();
  raw.close();
  return { hasMood: columns.includes('mood'), titles };
};

describe('migrate', () => {
  test('[STO3] an older store is not opened, it is copied beside itself and then migrated', async () => {
    expect(() => openStore({ dataDir, durable: true })).toThrow(/version/);
    const { from, to, backup } = await migrate(dataDir);
    expect([from, to]).toEqual([released, released + 1]);
    expect(columnsOf(databaseFile(dataDir))).toEqual({ hasMood: true, titles: [{ title: 'kept' }] });
    expect(columnsOf(backup ?? '')).toEqual({ hasMood: false, titles: [{ title: 'kept' }] });
    const store = openStore({ dataDir, durable: true });
    expect(await store.conversations.list()).toMatchObject([{ title: 'kept' }]);
    await store.close();
  });

  test('[STO3] twice at once: one migrates, and the copy is of the older store', async () => {
    const made = await Promise.all([migrate(dataDir), migrate(dataDir), migrate(dataDir)]);
    expect(made.map(({ from }) => from).toSorted((a, b) => a - b)).toEqual([released, released + 1, released + 1]);
    const copies = readdirSync(dataDir).filter((name) => name.includes('before'));
    expect(copies).toEqual([`parley.db.before-9000-mood`]);
    expect(columnsOf(join(dataDir, copies[0]!))).toEqual({ hasMood: false, titles: [{ title: 'kept' }] });
  });

  test('[STO3] a migration that fails leaves the store as it was, and says so', async () => {
    next.fails = true;
    await expect(migrate(dataDir)).rejects.toThrow(dataDir);
    expect(columnsOf(databaseFile(dataDir))).toEqual({ hasMood: false, titles: [{ title: 'kept' }] });
    next.fails = false;
    expect(await migrate(dataDir)).toMatchObject({ from: released, to: released + 1 });
  });
});
