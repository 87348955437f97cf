import { describe, expect } from 'vitest';
import type { Scene, StoreTest } from '../scene.ts';

const branches = async ({ store, conversationId }: Scene) =>
  (await store.conversations.page(conversationId, { limit: 50 }))?.branches;

export function branchingRules(test: StoreTest): void {
  describe('branches', () => {
    test('[TREE1] a page names the siblings of its turns, in the order they were asked', async ({ scene }) => {
      const first = await scene.completed('first');
      const second = await scene.completed('second');
      expect(await branches(scene)).toEqual([]);
      const edited = await scene.completed('second, edited', 'yes', { parentId: first });
      const root = await scene.completed('first, edited', 'yes', { parentId: null });
      expect(await branches(scene)).toEqual([{ parentId: null, turns: [first, root] }]);
      await scene.store.conversations.change(scene.conversationId, { head: edited });
      const both = [
        { parentId: null, turns: [first, root] },
        { parentId: first, turns: [second, edited] },
      ];
      expect(new Set(await branches(scene))).toEqual(new Set(both));
      const answer = await scene.store.snapshots.conversation(scene.conversationId, 0);
      expect(new Set(answer.branches)).toEqual(new Set(both));
      expect(await scene.store.snapshots.conversation(scene.conversationId, 1)).not.toHaveProperty('branches');
    });

    test('[TREE1] one that was taken back before it began is none', async ({ scene }) => {
      const first = await scene.completed('first');
      await scene.completed('second');
      const taken = await scene.send('third', { parentId: first });
      expect(await branches(scene)).toHaveLength(1);
      await scene.store.conversations.stop(scene.conversationId, taken);
      expect(await branches(scene)).toEqual([]);
    });

    test('[TREE2] choosing a turn chooses the newest leaf of its branch, for everybody', async ({ scene }) => {
      const first = await scene.completed('first');
      const second = await scene.completed('second');
      const third = await scene.completed('third');
      const edited = await scene.completed('second, edited', 'yes', { parentId: first });
      expect(await scene.line()).toEqual(['first', 'second, edited']);
      const rev = await scene.rev();
      const chosen = await scene.store.conversations.change(scene.conversationId, { head: second });
      expect(chosen).toMatchObject({ head: third, rev: rev + 1 });
      expect(await scene.line()).toEqual(['first', 'second', 'third']);
      expect(await scene.store.conversations.change(scene.conversationId, { head: first })).toMatchObject({
        head: edited,
      });
    });

    test('[TREE2] what was taken back before it began is no leaf; what waits is one', async ({ scene }) => {
      const first = await scene.completed('first');
      const second = await scene.completed('second');
      const taken = await scene.send('third');
      await scene.store.conversations.stop(scene.conversationId, taken);
      expect(await scene.store.conversations.change(scene.conversationId, { head: first })).toMatchObject({
        head: second,
      });
      const waits = await scene.send('fourth');
      expect(await scene.store.conversations.change(scene.conversationId, { head: first })).toMatchObject({
        head: waits,
      });
    });
  });
}
