import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, vi } from 'vitest';
import { isStoreTrouble } from '#app/_server/trouble.ts';
import { proofOf } from '#lib/protocol/reply.ts';
import { databaseFile } from '#lib/store/database.ts';
import { checkMigrated, migrate } from '#lib/store/migrate.ts';
import { StoreBusy, StoreReadOnly } from '#lib/store/sqlite.ts';
import { text } from '#tests/protocol/events.ts';
import { damageHead, damagePages, journalOf, leaveWal, setReadOnly } from '#tests/support/store-file.ts';
import { holdStore } from '#tests/support/store-holder.ts';
import { canLimit, canMount, smallDisk, smallFiles, type Room } from '#tests/support/no-room.ts';
import { makeSqlitePlace } from './sqlite-place.ts';
import { Scene, storeTest } from './scene.ts';

const test = storeTest(() => makeSqlitePlace());
const folderOf = ({ place }: Scene) => place.env.DATA_DIR ?? '';
const fileOf = (scene: Scene) => databaseFile(folderOf(scene));

/** What it threw. */
async function refusal(call: Promise<unknown>): Promise<unknown> {
  try {
    await call;
  } catch (error) {
    return error;
  }
  throw new Error('It was taken.');
}

describe('no room for the store', () => {
  const rooms: [where: string, isPossible: boolean, make: () => Room][] = [
    ['a disk that is full (needs root on Linux, to mount one)', canMount, smallDisk],
    ['files that may not grow (needs Linux)', canLimit, () => smallFiles('parley.db')],
  ];
  for (const [where, isPossible, makeRoom] of rooms) {
    test.skipIf(!isPossible)(`[STO1] ${where}: nothing is taken by halves, and it goes on by itself`, async () => {
      const room = makeRoom();
      const place = await makeSqlitePlace(room.folder);
      const scene = new Scene({ ...place, remove: async () => room.remove() });
      onTestFinished(() => scene.close());
      const { id, attempt } = await scene.running('first', 'text');
      room.take();
      let said = 'text';
      let refused: unknown = null;
      while (refused === null) {
        const piece = 'more '.repeat(10_000);
        refused = await attempt.append([text(piece)]).then(
          () => ((said += piece), null),
          (error: unknown) => error,
        );
      }
      expect(isStoreTrouble(refused)).toBe(true);
      const command = { id: randomUUID(), prompt: 'now '.repeat(8_000), mode: 'interject' as const };
      const send = () => scene.store.submit(scene.conversationId, command);
      expect(isStoreTrouble(await refusal(send()))).toBe(true);
      expect(await scene.turn(id)).toMatchObject({ status: 'running', reply: said });
      expect([await scene.line(), await scene.store.turn(command.id)]).toEqual([['first'], null]);
      room.give();
      await attempt.say(' and on');
      expect(await send()).toMatchObject({ kind: 'accepted', ended: [id] });
      const whole = `${said} and on`;
      const turn = await scene.turn(id);
      expect(turn).toMatchObject({
        status: 'interrupted',
        reply: whole,
        proof: proofOf(turn.proof?.seq ?? 0, whole),
      });
      // Looks at every page.
      expect(await migrate(room.folder)).toMatchObject({ backup: null });
    });
  }
});

describe('another process holds the store', () => {
  test('[STO1] for longer than 5 s: the write is given up, and nothing was written', async ({ scene }) => {
    const { id } = await scene.running('first', 'text');
    const holder = await holdStore(fileOf(scene), 'writing');
    const sent = refusal(scene.submit('second'));
    let now = performance.now();
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => (now += 1_000));
    onTestFinished(() => clock.mockRestore());
    expect(await sent).toBeInstanceOf(StoreBusy);
    expect(await scene.turn(id)).toMatchObject({ reply: 'text' });
    await holder.letGo();
    clock.mockRestore();
    await scene.send('third');
    expect(await scene.line()).toEqual(['first', 'third']);
  });

  test('[STO1] while it is waited for, everybody else in this process goes on', async ({ scene }) => {
    await scene.running('first', 'text');
    const holder = await holdStore(fileOf(scene), 'writing');
    let isTaken = false;
    const sent = scene.send('second').then((id) => ((isTaken = true), id));
    let turns = 0;
    const beat = setInterval(() => turns++, 1);
    for (let last = turns; turns < 50; last = turns) {
      await vi.waitFor(() => expect(turns).toBeGreaterThan(last));
      expect(isTaken).toBe(false);
    }
    clearInterval(beat);
    await holder.letGo();
    expect((await scene.turn(await sent)).status).toBe('queued');
  });

  test('[STO1] for itself alone: it is not opened, with a reason; and it is, when that one lets go', async ({
    scene,
  }) => {
    const { id } = await scene.running('first', 'text');
    await scene.store.close();
    const holder = await holdStore(fileOf(scene), 'alone');
    expect(() => scene.connect()).toThrow(`Another process holds the store ${fileOf(scene)}`);
    await holder.letGo();
    expect(await scene.connect().turn(id)).toMatchObject({ reply: 'text' });
  });

  test('[STO1] while the store is not in WAL yet, as some backups are: it is not opened by halves', async ({
    scene,
  }) => {
    await scene.store.close();
    const file = fileOf(scene);
    leaveWal(file);
    const holder = await holdStore(file, 'writing');
    expect(() => scene.connect()).toThrow(StoreBusy);
    await holder.letGo();
    await scene.connect().conversations.check();
    expect(journalOf(file)).toBe('wal');
  });

  test('[STO3] while the store is made: the migration waits, and what it makes is whole', async ({ scene }) => {
    const dataDir = join(folderOf(scene), 'new');
    mkdirSync(dataDir);
    const holder = await holdStore(databaseFile(dataDir), 'writing');
    const migrated = migrate(dataDir);
    await holder.letGo();
    expect(await migrated).toMatchObject({ from: 0, backup: null });
    expect(journalOf(databaseFile(dataDir))).toBe('wal');
  });

  test('[STO3] a migration waits for it, and does not take the store for damaged', async ({ scene }) => {
    await scene.store.close();
    const holder = await holdStore(fileOf(scene), 'alone');
    const migrated = migrate(folderOf(scene));
    await holder.letGo();
    expect(await migrated).toMatchObject({ backup: null });
  });
});

describe('a store that can only be read', () => {
  test('[STO1] it is not opened, with a reason; and it is, as soon as it can be written', async ({ scene }) => {
    const id = await scene.completed('first', 'text');
    await scene.store.close();
    const file = fileOf(scene);
    setReadOnly(file, true);
    const before = contentOf(folderOf(scene));
    expect(() => scene.connect()).toThrow(`The store ${file} cannot be written.`);
    expect(contentOf(folderOf(scene))).toEqual(before);
    setReadOnly(file, false);
    const store = scene.connect();
    expect(await store.turn(id)).toMatchObject({ reply: 'text' });
    expect(
      await store.submit(scene.conversationId, { id: randomUUID(), prompt: 'second', mode: 'queue' }),
    ).toMatchObject({ kind: 'accepted' });
  });
});

/** Name and content of each file, without the index in shared memory that every reader makes. */
const contentOf = (folder: string) =>
  readdirSync(folder)
    .filter((name) => !name.endsWith('-shm') && statSync(join(folder, name)).size > 0)
    .map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex'),
    ]);

describe('a damaged store', () => {
  test('[STO2] a page in its middle: it is refused with a way out, and every byte stays', async ({ scene }) => {
    for (let n = 0; n < 20; n++) await scene.send('word '.repeat(6_000), { to: randomUUID() });
    await scene.store.close();
    const file = fileOf(scene);
    damagePages(file);
    const before = contentOf(folderOf(scene));
    await expect(migrate(folderOf(scene))).rejects.toThrow(`The store ${file} cannot be read: it is damaged`);
    await expect(migrate(folderOf(scene))).rejects.toThrow(/Move it away, or put a backup in its place/);
    expect(contentOf(folderOf(scene))).toEqual(before);
  });

  test('[STO2] one that is no store at all: no process opens it, each says the same', async ({ scene }) => {
    await scene.store.close();
    const file = fileOf(scene);
    damageHead(file);
    const before = contentOf(folderOf(scene));
    expect(() => scene.connect()).toThrow(`The store ${file} cannot be read: it is damaged`);
    expect(contentOf(folderOf(scene))).toEqual(before);
  });
});

test('[STO1] [STO2] one that cannot be opened now is not called damaged: nobody is told to move it away', async ({
  scene,
}) => {
  const dataDir = join(folderOf(scene), 'closed');
  // Whoever may read everything cannot be kept out by permissions; a folder in its place no user opens.
  mkdirSync(databaseFile(dataDir), { recursive: true });
  await expect(migrate(dataDir)).rejects.toBeInstanceOf(StoreReadOnly);
  expect(() => checkMigrated(dataDir)).toThrow(StoreReadOnly);
});

test('[STO3] several processes migrate a new folder at once: one does, the others find it done', async ({ scene }) => {
  const dataDir = join(folderOf(scene), 'new');
  const program = join(import.meta.dirname, '../../lib/store/migrate.ts');
  const env = { ...process.env, DATA_DIR: dataDir };
  const runs = Array.from({ length: 4 }, () => promisify(execFile)(process.execPath, [program], { env }));
  const said = (await Promise.all(runs)).map(({ stdout, stderr }) => [stdout, stderr]);
  const made = said.filter(([stdout]) => /^Store migrated from version 0 to \d+\.\n$/.test(stdout ?? ''));
  expect(made).toHaveLength(1);
  expect(said.filter(([stdout, stderr]) => stdout === '' && stderr === '')).toHaveLength(3);
  expect(readdirSync(dataDir).filter((name) => !/^parley\.db(-wal|-shm)?$/.test(name))).toEqual([]);
});
