import { execFile } from 'node:child_process';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { describe, expect, test as base } from 'vitest';
import { databaseFile } from '#lib/store/database.ts';
import { migrate } from '#lib/store/migrate.ts';
import { openStore } from '#lib/store/store.ts';

const test = base.extend('dataDir', async ({}, { onCleanup }) => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-migrate-'));
  onCleanup(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
});

/** Name and content of each file. SQLite's shared-memory index, and an empty log beside it, come with any reader. */
const contentOf = (folder: string) =>
  readdirSync(folder)
    .filter((name) => !name.endsWith('-shm') && !(name.endsWith('-wal') && statSync(join(folder, name)).size === 0))
    .sort()
    .map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex'),
    ]);

async function command(dataDir: string) {
  const program = join(import.meta.dirname, '../../lib/store/migrate.ts');
  const env = { ...process.env, DATA_DIR: dataDir };
  const run = promisify(execFile)(process.execPath, [program], { env });
  return run.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
}

function fromTheFuture(dataDir: string): void {
  const raw = new DatabaseSync(databaseFile(dataDir));
  raw.exec(`insert into kysely_migration (name, timestamp) values ('9999-from-the-future', '2999-01-01')`);
  raw.close();
}

const DAMAGES: [string, (file: string) => void][] = [
  ['is no database', (file) => writeFileSync(file, 'These are not the bytes you are looking for. '.repeat(200))],
  ['is random bytes', (file) => writeFileSync(file, randomBytes(20_000))],
  ['is cut after its first page', (file) => truncateSync(file, 4_096)],
  ['is cut inside its first page', (file) => truncateSync(file, 1_000)],
];

describe('migrate', () => {
  test('a fresh store comes to this version and takes a send', async ({ dataDir }) => {
    expect(() => openStore({ dataDir, durable: true })).toThrow(/version/);
    const { from, to, backup } = await migrate(dataDir);
    expect([from, to > 0, backup]).toEqual([0, true, null]);
    const store = openStore({ dataDir, durable: true });
    const answer = await store.submit(randomUUID(), { id: randomUUID(), prompt: 'hello', mode: 'queue' });
    expect(answer.kind).toBe('accepted');
    await store.close();
  });

  test('again changes nothing', async ({ dataDir }) => {
    const { to } = await migrate(dataDir);
    const before = contentOf(dataDir);
    expect(await migrate(dataDir)).toEqual({ from: to, to, backup: null });
    expect(contentOf(dataDir)).toEqual(before);
  });

  test('it makes the folder when there is none', async ({ dataDir }) => {
    const folder = join(dataDir, 'not', 'yet');
    await migrate(folder);
    await openStore({ dataDir: folder, durable: true }).close();
  });

  test('[STO2] a store that is newer than the code is refused and left as it is', async ({ dataDir }) => {
    await migrate(dataDir);
    fromTheFuture(dataDir);
    const before = contentOf(dataDir);
    await expect(migrate(dataDir)).rejects.toThrow(/newer/);
    expect(() => openStore({ dataDir, durable: true })).toThrow();
    expect(contentOf(dataDir)).toEqual(before);
  });

  for (const [what, damage] of DAMAGES) {
    test(`[STO2] a store that ${what} is refused and left as it is`, async ({ dataDir }) => {
      await migrate(dataDir);
      damage(databaseFile(dataDir));
      const before = contentOf(dataDir);
      await expect(migrate(dataDir)).rejects.toThrow(dataDir);
      expect(contentOf(dataDir)).toEqual(before);
    });
  }
});

describe('the command', () => {
  test('it prints one line for a fresh store, and none when there is nothing to do', async ({ dataDir }) => {
    const first = await command(dataDir);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toMatch(/^[^\n]+\n$/);
    expect(await command(dataDir)).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });

  test('it refuses in one readable line', async ({ dataDir }) => {
    await migrate(dataDir);
    fromTheFuture(dataDir);
    const newer = await command(dataDir);
    writeFileSync(databaseFile(dataDir), 'no database '.repeat(1_000));
    const damaged = await command(dataDir);
    const file = join(dataDir, 'a-file');
    writeFileSync(file, '');
    const noFolder = await command(file);
    for (const refusal of [newer, damaged, noFolder]) {
      expect(refusal.code).toBe(1);
      expect(refusal.stdout).toBe('');
      expect(refusal.stderr).toMatch(/^[A-Z][^\n]+\n$/);
      expect(refusal.stderr).toContain(dataDir);
    }
    expect(newer.stderr).toMatch(/newer/);
  });
});
