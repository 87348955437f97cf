import { guardsOf } from '../guard.ts';

const OLDER = 'tests/store/migrate-older.test.ts';
const FAULTS = 'tests/store/sqlite-faults.test.ts';

/** What keeps the store's file whole, and quick to read. */
export const storeFileGuards = [
  ...guardsOf('lib/store/migrate.ts', OLDER, [
    {
      rules: ['STO2'],
      name: 'store: one that is newer than the code is refused',
      from: 'if (applied.some((name) => !NAMES.includes(name))) {',
      to: 'if (false) {',
      by: 'tests/store/migrate.test.ts',
    },
    {
      rules: ['STO2'],
      name: 'store: every page is looked at',
      from: 'appliedTo(file, { whole: true })',
      to: 'appliedTo(file)',
      by: FAULTS,
      only: 'STO2',
    },
    {
      rules: ['STO1', 'STO2'],
      name: 'store: one that cannot be opened now is not damaged',
      from: 'if (closed !== cause) throw closed;',
      to: '',
      by: FAULTS,
      only: 'STO2',
    },
    {
      rules: ['STO3'],
      name: 'store: an older one is not opened',
      from: 'if (appliedTo(databaseFile(dataDir)).length !== NAMES.length) {',
      to: 'if (false) {',
    },
    {
      rules: ['STO3'],
      name: 'store: an older one is copied before',
      from: 'applied.length > 0 ? await copyOf(connection, file, applied) : null',
      to: 'null',
    },
    {
      rules: ['STO3'],
      name: 'store: a migration waits until it can be set up',
      from: 'await whenFree(() => openSqlite(file, { write: true, full: true }))',
      to: 'openSqlite(file, { write: true, full: true })',
      by: FAULTS,
      only: 'while the store is made',
    },
  ]),
  ...guardsOf('lib/store/sqlite.ts', FAULTS, [
    {
      rules: ['STO1'],
      name: 'store: a full disk is named as the cause',
      from: 'if (this.#connection.isTransaction) await super',
      to: 'await super',
      only: 'STO1',
    },
    {
      rules: ['STO1'],
      name: 'store: what a lock kept from being set up is not used',
      from: 'if (isBusy(error)) throw new StoreBusy(`Another process holds the store ${file}.`, { cause: error });',
      to: 'if (isBusy(error)) return;',
      only: 'by halves',
    },
  ]),
  ...guardsOf('lib/store/conditions.ts', 'tests/store/plans.test.ts', [
    {
      rules: ['STO4'],
      name: 'store: what is open is found by its index',
      from: "turn.status in ('queued', 'running')",
      to: "turn.status in (${'queued'}, ${'running'})",
    },
  ]),
];
