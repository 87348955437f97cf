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

  test('[LOG1] the order is what was given to a turn, not where its row lies', async ({ scene }) => {
    const first = await scene.send('first');
    const second = await scene.send('second');
    const raw = rawConnection(scene);
    // Two branches that wait, so that only their order decides.
    raw.exec('update turn set parent_id = null, rowid = 1000 - rowid');
    raw.close();
    expect(await scene.open(second)).toEqual({ kind: 'behind', turnId: first });
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

  test('[LOG7] every 200 events the log is folded into the row, so that nobody reads a long one from its start', async ({
    scene,
  }) => {
    const { id, attempt } = await scene.running('first', 'text');
    for (let seq = 3; seq < 450; seq++) await attempt.say(` ${seq}`);
    const raw = rawConnection(scene);
    const folded = raw.prepare('select folded_seq as upTo, folded from turn where id = ?').get(id);
    expect(folded?.upTo).toBe(400);
    expect(JSON.parse(String(folded?.folded))).toMatchObject({ seq: 400 });
    raw.close();
  });

  test('[VIEW4] events whose beginning is lost are no range: the viewer gets the reply', async ({ scene }) => {
    const { id, attempt } = await scene.running('first', 'one');
    const folded = Array.from({ length: 200 }, (_, n) => ` ${n}`);
    await attempt.say(...folded);
    await attempt.say(' end');
    const raw = rawConnection(scene);
    raw.prepare('delete from event where turn_id = ? and seq < 100').run(id);
    raw.close();
    expect(await scene.store.snapshots.eventsSince(id, 3)).toBeNull();
    expect(await scene.store.snapshots.eventsSince(id, 150)).toMatchObject({ from: 151, to: attempt.seq });
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
    await scene.store.conversations.change(scene.conversationId, { settings: { instructions: 'a third secret' } });
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
