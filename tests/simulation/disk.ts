import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { databaseFile } from '#lib/store/database.ts';
import type { Store } from '#lib/store/store.ts';
import { makeSqlitePlace } from '#tests/store/sqlite-place.ts';
import { tablesOf, type Tables } from './tables.ts';

/** Linux's folder in memory: thousands of schedules need no disk. */
const IN_MEMORY = '/dev/shm';

/** The one real store of all schedules, emptied for each, and a connection of the ledger's own. */
export type Disk = { store: Store; tables: Tables; empty: () => void; close: () => Promise<void> };

export async function makeDisk(): Promise<Disk> {
  const folder = existsSync(IN_MEMORY) ? IN_MEMORY : tmpdir();
  const place = await makeSqlitePlace(mkdtempSync(join(folder, 'parley-store-')));
  const store = place.open({ now: () => Date.now() });
  const raw = new DatabaseSync(databaseFile(place.dataDir));
  return {
    store,
    tables: tablesOf(raw),
    empty: () =>
      raw.exec(`begin immediate; delete from event; delete from turn; delete from tombstone; delete from conversation;
        update conversation_list set rev = 0; commit`),
    async close() {
      raw.close();
      await store.close();
      await place.remove();
    },
  };
}
