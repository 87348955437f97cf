import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate } from '#lib/store/migrate.ts';
import { openStore } from '#lib/store/store.ts';
import type { StorePlace } from './place.ts';

const newFolder = () => mkdtempSync(join(tmpdir(), 'parley-store-'));

type File = { name: string; content: Buffer };

/** The files of a new store, migrated once per test file; each place is a copy of them. */
let fresh: Promise<File[]> | undefined;

async function freshFiles(): Promise<File[]> {
  const folder = newFolder();
  await migrate(folder);
  const files = readdirSync(folder).map((name) => ({ name, content: readFileSync(join(folder, name)) }));
  rmSync(folder, { recursive: true });
  return files;
}

export async function makeSqlitePlace(dataDir = newFolder()): Promise<StorePlace & { dataDir: string }> {
  for (const { name, content } of await (fresh ??= freshFiles())) writeFileSync(join(dataDir, name), content);
  return {
    dataDir,
    open: ({ now, durable = false } = {}) => openStore({ dataDir, durable, ...(now && { now }) }),
    env: { DATA_DIR: dataDir },
    remove: async () => rmSync(dataDir, { recursive: true, force: true }),
  };
}
