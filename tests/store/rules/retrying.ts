import { describe, expect } from 'vitest';
import type { StoreTest } from '../scene.ts';

export function retryingRules(test: StoreTest): void {
  describe('retry', () => {
    test('[SEND4] a retry takes over the failed turn’s waiting children, and goes before them', async ({ scene }) => {
      const first = await scene.completed('first');
      const { id: failed } = await scene.running('second');
      const child = await scene.send('third');
      const grandchild = await scene.send('fourth');
      await scene.store.log.end(failed, 'failed', { code: 'overloaded', message: 'It was overloaded.' });
      const retry = await scene.accepted('second', { parentId: first });
      expect(retry.turn).toMatchObject({ parentId: first });
      expect((await scene.turn(child)).parentId).toBe(retry.turn.id);
      expect((await scene.turn(grandchild)).parentId).toBe(child);
      expect(await scene.open(child)).toEqual({ kind: 'behind', turnId: retry.turn.id });
      expect(await scene.open(grandchild)).toEqual({ kind: 'behind', turnId: retry.turn.id });
      expect((await scene.open(retry.turn.id)).kind).toBe('opened');
      expect(await scene.line()).toEqual(['first', 'second', 'third', 'fourth']);
    });

    test('[SEND4] a retry takes over what waits behind a turn that was stopped before it began', async ({ scene }) => {
      const { id: failed } = await scene.running('first');
      const stopped = await scene.send('stopped');
      const waits = await scene.send('later');
      await scene.store.conversations.stop(scene.conversationId, stopped);
      await scene.store.log.end(failed, 'failed');
      const retry = await scene.send('first', { parentId: null });
      expect(await scene.open(waits)).toEqual({ kind: 'behind', turnId: retry });
      const line = await scene.line();
      expect([line[0], line.at(-1)]).toEqual(['first', 'later']);
      const before = [];
      for await (const turn of scene.store.turnsBefore(waits)) before.push(turn.id);
      expect(before).toContain(retry);
    });

    test('[LOG1] what stands behind one that a retry took over does not pass it, a stopped turn between', async ({
      scene,
    }) => {
      const { id: failed } = await scene.running('first');
      const child = await scene.send('child');
      const stopped = await scene.send('stopped');
      const last = await scene.send('last');
      await scene.store.conversations.stop(scene.conversationId, stopped);
      await scene.store.log.end(failed, 'failed');
      const retry = await scene.send('first', { parentId: null });
      for (const id of [last, child]) expect(await scene.open(id)).toEqual({ kind: 'behind', turnId: retry });
    });

    test('[SEND4] a retry of a failed interjection goes before what waited for it', async ({ scene }) => {
      await scene.running('first');
      const waits = await scene.send('waits');
      const now = await scene.interject('now');
      const { parentId } = await scene.turn(now);
      await scene.begin(now);
      await scene.store.log.end(now, 'failed');
      const retry = await scene.send('now', { parentId });
      expect((await scene.turn(waits)).parentId).toBe(retry);
      expect(await scene.open(waits)).toEqual({ kind: 'behind', turnId: retry });
    });

    test('[SEND4] a retry goes before an interjection that waited for the failed turn', async ({ scene }) => {
      const { id: failed } = await scene.running('first');
      await scene.store.log.end(failed, 'failed');
      const now = await scene.interject('now');
      const retry = await scene.send('first', { parentId: null });
      expect((await scene.turn(now)).parentId).toBe(retry);
      expect(await scene.open(now)).toEqual({ kind: 'behind', turnId: retry });
    });

    test('[SEND4] a retry of the first turn stands at the root', async ({ scene }) => {
      const { id: failed } = await scene.running('first');
      const child = await scene.send('second');
      await scene.store.log.end(failed, 'failed');
      const retry = await scene.send('first', { parentId: null });
      expect((await scene.turn(child)).parentId).toBe(retry);
      expect(await scene.line()).toEqual(['first', 'second']);
    });

    test('[SEND4] a child that was answered after the failure stays where it is', async ({ scene }) => {
      const { id: failed } = await scene.running('first');
      await scene.store.log.end(failed, 'failed');
      const child = await scene.completed('second');
      await scene.send('first', { parentId: null });
      expect((await scene.turn(child)).parentId).toBe(failed);
    });

    test('[SEND4] whom a retry takes over is told to viewers', async ({ scene }) => {
      const { id: failed } = await scene.running('first');
      const child = await scene.send('second');
      await scene.store.log.end(failed, 'failed');
      const before = await scene.rev();
      const retry = await scene.send('first', { parentId: null });
      const changed = await scene.store.snapshots.changesSince(scene.conversationId, before);
      expect(new Set(changed?.turns.map((turn) => turn.id))).toEqual(new Set([retry, child]));
    });
  });
}
