import { DatabaseSync } from 'node:sqlite';
import { describe, expect } from 'vitest';
import { databaseFile } from '#lib/store/database.ts';
import { describeStore } from './conformance.ts';
import { makeSqlitePlace } from './sqlite-place.ts';
import { storeTest, type Scene } from './scene.ts';

describeStore('SQLite', () => makeSqlitePlace());

const test = storeTest(() => makeSqlitePlace());
const rawConnection = ({ place }: Scene) => new DatabaseSync(databaseFile(place.env.DATA_DIR ?? ''));

describe('SQLite itself', () => {
  test('[ROW2] an index refuses a second running turn, whoever writes it', async ({ scene }) => {
    await scene.running('first');
    const second = await scene.send('second');
    const raw = rawConnection(scene);
    expect(() => raw.prepare(`update turn set status = 'running' where id = ?`).run(second)).toThrow(/UNIQUE/);
    raw.close();
  });

  test('[SEND1] a write waits for another process’s lock without holding up anybody else', async ({ scene }) => {
    const { id } = await scene.running('first', 'text');
    const raw = rawConnection(scene);
    raw.exec('begin immediate');
    let answered = false;
    const sent = scene.send('second').finally(() => (answered = true));
    for (let n = 0; n < 100; n++) expect((await scene.turn(id)).reply).toBe('text');
    // The reads came through while the write still waits.
    expect(answered).toBe(false);
    raw.exec('rollback');
    raw.close();
    expect(await scene.turn(await sent)).toMatchObject({ prompt: 'second', status: 'queued' });
  });

  test('[API5] a look whether it takes a write changes nothing and wakes nobody', async ({ scene }) => {
    await scene.send('first');
    const raw = rawConnection(scene);
    const version = () => raw.prepare('pragma data_version').get();
    const before = version();
    await scene.store.conversations.check();
    expect(version()).toEqual(before);
    raw.close();
  });

  test('[LOG8] a sweep leaves no event of a turn that ended long ago in the file', async ({ scene }) => {
    await scene.completed('first', 'text');
    scene.time += 60_001;
    await scene.store.outbox.sweep();
    const raw = rawConnection(scene);
    expect(raw.prepare('select count(*) as n from event').get()).toEqual({ n: 0 });
    raw.close();
  });

  test('[DEL2] erased words are in no row of the file', async ({ scene }) => {
    await scene.completed('my secret', 'your secret');
    await scene.running('second secret', 'half a secret');
    await scene.store.conversations.delete(scene.conversationId);
    scene.time += 60_001;
    await scene.store.outbox.sweep();
    const raw = rawConnection(scene);
    for (const table of ['conversation', 'turn', 'event', 'tombstone']) {
      expect(JSON.stringify(raw.prepare(`select * from ${table}`).all())).not.toContain('secret');
    }
    raw.close();
  });
});
