import { randomUUID } from 'node:crypto';
import { describe, expect } from 'vitest';
import type { Scene, StoreTest } from '../scene.ts';

async function lineOf(scene: Scene, turns: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < turns; n++) {
    const id = await scene.send(`p${n}`);
    await scene.store.log.end(id, 'completed');
    ids.push(id);
  }
  return ids;
}

export function pagingRules(test: StoreTest): void {
  describe('page', () => {
    test('a page is the last turns of the current line, root first, and says whether there are more', async ({
      scene,
    }) => {
      const ids = await lineOf(scene, 7);
      const last = await scene.store.conversations.page(scene.conversationId, { limit: 3 });
      expect(last).toMatchObject({ hasMore: true, conversation: { id: scene.conversationId, head: ids[6] } });
      expect(last?.turns.map((turn) => turn.id)).toEqual(ids.slice(4));
      const before = await scene.store.conversations.page(scene.conversationId, { limit: 3, before: ids[4] });
      expect([before?.hasMore, before?.turns.map((turn) => turn.id)]).toEqual([true, ids.slice(1, 4)]);
      const first = await scene.store.conversations.page(scene.conversationId, { limit: 3, before: ids[1] });
      expect([first?.hasMore, first?.turns.map((turn) => turn.id)]).toEqual([false, ids.slice(0, 1)]);
      const none = await scene.store.conversations.page(scene.conversationId, { limit: 3, before: ids[0] });
      expect(none).toMatchObject({ hasMore: false, turns: [] });
    });

    test('a page that takes the whole line has no more', async ({ scene }) => {
      await lineOf(scene, 3);
      const page = await scene.store.conversations.page(scene.conversationId, { limit: 3 });
      expect([page?.hasMore, page?.turns.length]).toEqual([false, 3]);
    });

    test('a page holds no turn of another branch, and goes up the branch of `before`', async ({ scene }) => {
      const [first, second] = await lineOf(scene, 2);
      const edited = await scene.completed('edited', 'yes', { parentId: first ?? null });
      const page = await scene.store.conversations.page(scene.conversationId, { limit: 50 });
      expect(page?.turns.map((turn) => turn.id)).toEqual([first, edited]);
      const other = await scene.store.conversations.page(scene.conversationId, { limit: 50, before: second });
      expect(other?.turns.map((turn) => turn.id)).toEqual([first]);
    });

    test('a running turn is in it with its reply so far, a waiting one without', async ({ scene }) => {
      await scene.running('runs', 'so far');
      await scene.send('waits');
      const page = await scene.store.conversations.page(scene.conversationId, { limit: 50 });
      expect(page?.turns).toMatchObject([
        { status: 'running', reply: 'so far' },
        { status: 'queued', reply: '' },
      ]);
    });

    test('a conversation that is not there has no page', async ({ scene }) => {
      expect(await scene.store.conversations.page(randomUUID(), { limit: 50 })).toBeNull();
      expect(await scene.store.turn(randomUUID())).toBeNull();
    });

    test('[TREE3] a turn stands in the current line, or in another branch, or is none of the conversation’s', async ({
      scene,
    }) => {
      const [first, second] = await lineOf(scene, 2);
      const edited = await scene.completed('edited', 'yes', { parentId: first ?? null });
      const elsewhere = await scene.completed('elsewhere', 'yes', { to: randomUUID() });
      const isInLine = (id: string) => scene.store.conversations.isInLine(scene.conversationId, id);
      expect(await Promise.all([first!, edited, second!].map(isInLine))).toEqual([true, true, false]);
      expect(await Promise.all([elsewhere, randomUUID()].map(isInLine))).toEqual([null, null]);
      await scene.store.conversations.delete(scene.conversationId);
      expect(await isInLine(edited)).toBeNull();
    });

    test('there is no page before a turn that is not the conversation’s', async ({ scene }) => {
      await lineOf(scene, 3);
      const elsewhere = await scene.completed('elsewhere', 'yes', { to: randomUUID() });
      for (const before of [randomUUID(), elsewhere]) {
        expect(await scene.store.conversations.page(scene.conversationId, { limit: 50, before })).toBeNull();
      }
    });
  });

  describe('change', () => {
    test('[ROW1] a title is a change of the conversation and of the list', async ({ scene }) => {
      await scene.send('hello');
      const [rev, list] = [await scene.rev(), await scene.store.snapshots.list(0)];
      const row = await scene.store.conversations.change(scene.conversationId, { title: 'Ünder 🏳️‍🌈' });
      expect(row).toMatchObject({ title: 'Ünder 🏳️‍🌈', rev: rev + 1 });
      const changed = await scene.store.snapshots.changesSince(scene.conversationId, rev);
      expect(changed).toMatchObject({ from: rev, to: rev + 1, conversation: { title: 'Ünder 🏳️‍🌈' }, turns: [] });
      expect((await scene.store.snapshots.list(list.rev)).conversations).toMatchObject([{ title: 'Ünder 🏳️‍🌈' }]);
    });

    test('a head must be a turn of the conversation', async ({ scene }) => {
      const id = await scene.completed('hello');
      const elsewhere = await scene.completed('elsewhere', 'yes', { to: randomUUID() });
      const rev = await scene.rev();
      for (const head of [randomUUID(), elsewhere]) {
        expect(await scene.store.conversations.change(scene.conversationId, { head })).toBe('bad-head');
      }
      expect(await scene.rev()).toBe(rev);
      expect(await scene.store.conversations.change(scene.conversationId, { head: id })).toMatchObject({ head: id });
      expect(await scene.store.conversations.change(randomUUID(), { title: 'x' })).toBeNull();
    });
  });

  describe('list', () => {
    test('[GW3] it has a revision of its own: new, renamed and deleted conversations, each once', async ({ scene }) => {
      const [first, second] = [randomUUID(), randomUUID()];
      await scene.send('one', { to: first });
      await scene.send('two', { to: second });
      const { rev, conversations } = await scene.store.snapshots.list(0);
      expect(new Set(conversations.map((row) => row.id))).toEqual(new Set([first, second]));
      expect(await scene.store.snapshots.list(rev)).toEqual({ rev, conversations: [] });
      await scene.store.conversations.change(first, { title: 'uno' });
      await scene.store.conversations.change(first, { title: 'eins' });
      await scene.store.conversations.delete(second);
      const changed = await scene.store.snapshots.list(rev);
      expect(changed.rev).toBeGreaterThan(rev);
      expect(changed.conversations).toHaveLength(2);
      expect(changed.conversations).toContainEqual(expect.objectContaining({ id: first, title: 'eins' }));
      expect(changed.conversations).toContainEqual(expect.objectContaining({ id: second, deleted: true }));
    });

    test('[GW3] [CLK1] the conversation that was used last stands first, however the clock jumps', async ({
      scene,
    }) => {
      const [first, second] = [randomUUID(), randomUUID()];
      await scene.send('one', { to: first });
      scene.time += 1_000;
      await scene.send('two', { to: second });
      scene.time -= 3_600_000;
      expect((await scene.store.conversations.list()).map((row) => row.id)).toEqual([second, first]);
      await scene.send('one more', { to: first });
      const list = await scene.store.conversations.list();
      expect(list.map((row) => row.id)).toEqual([first, second]);
      expect(list[0]).toEqual({
        id: first,
        title: 'one',
        updatedAt: new Date(scene.time).toISOString(),
        listRev: expect.any(Number),
      });
    });
  });
}
