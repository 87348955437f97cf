import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate } from '#lib/store/migrate.ts';
import { openStore } from '#lib/store/store.ts';
import type { StorePlace } from './place.ts';

const newFolder = () => mkdtempSync(join(tmpdir(), 'parley-store-'));

/** Migrated once per test file; each place is a copy of it. */
let template: Promise<string> | undefined;

async function migrated(): Promise<string> {
  const folder = newFolder();
  await migrate(folder);
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export async function makeSqlitePlace(): Promise<StorePlace & { dataDir: string }> {
  const dataDir = newFolder();
  cpSync(await (template ??= migrated()), dataDir, { recursive: true });
  return {
    dataDir,
    open: ({ now, durable = false } = {}) => openStore({ dataDir, durable, ...(now && { now }) }),
    env: { DATA_DIR: dataDir },
    remove: async () => rmSync(dataDir, { recursive: true, force: true }),
  };
}
