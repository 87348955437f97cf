import { randomUUID } from 'node:crypto';
import { describe, expect } from 'vitest';
import { isOutcome } from '#lib/protocol/turn.ts';
import { text } from '#tests/protocol/events.ts';
import type { Scene, StoreTest } from '../scene.ts';

const page = (scene: Scene) => scene.store.conversations.page(scene.conversationId, { limit: 50 });

export function deletingRules(test: StoreTest): void {
  describe('delete', () => {
    test('[DEL1] it hides the conversation and ends its turns at once', async ({ scene }) => {
      const { id, attempt } = await scene.running('first', 'secret');
      const waits = await scene.send('second');
      expect(await scene.store.conversations.delete(scene.conversationId)).toBe(true);
      expect(await page(scene)).toBeNull();
      expect(await scene.store.conversations.list()).toEqual([]);
      for (const turnId of [id, waits]) {
        expect(isOutcome((await scene.turn(turnId)).status)).toBe(true);
        expect((await scene.open(turnId)).kind).toBe('ended');
      }
      expect((await attempt.append([text('more')])).kind).toBe('ended');
    });

    test('[DEL1] viewers are told: of the conversation, of its turns, and of the list', async ({ scene }) => {
      const { id } = await scene.running('first');
      const [before, listBefore] = [await scene.rev(), (await scene.store.snapshots.list(0)).rev];
      await scene.store.conversations.delete(scene.conversationId);
      const changed = await scene.store.snapshots.changesSince(scene.conversationId, before);
      expect(changed).toMatchObject({ conversation: { deleted: true }, turns: [{ id }] });
      const list = await scene.store.snapshots.list(listBefore);
      expect(list.conversations).toMatchObject([{ id: scene.conversationId, deleted: true }]);
    });

    test('[DEL1] twice is once; what never was is not deleted', async ({ scene }) => {
      await scene.send('hello');
      const { conversations } = scene.store;
      expect(await conversations.delete(scene.conversationId)).toBe(true);
      const rev = await scene.rev();
      expect(await conversations.delete(scene.conversationId)).toBe(true);
      expect(await scene.rev()).toBe(rev);
      expect(await conversations.delete(randomUUID())).toBe(false);
      expect(await conversations.restore(randomUUID())).toBeNull();
    });

    test('[SEND3] sending to it is refused, a change finds nothing', async ({ scene }) => {
      await scene.send('hello');
      await scene.store.conversations.delete(scene.conversationId);
      const deleted = { kind: 'refused', code: 'deleted' };
      expect(await scene.submit('more')).toEqual(deleted);
      expect(await scene.submit('now', { mode: 'interject' })).toEqual(deleted);
      expect(await scene.store.conversations.change(scene.conversationId, { title: 'new' })).toBeNull();
    });

    test('[DEL1] a Stop finds nothing in it, be its turn known or not', async ({ scene }) => {
      const id = await scene.send('hello');
      await scene.store.conversations.delete(scene.conversationId);
      expect(await scene.store.conversations.stop(scene.conversationId, randomUUID())).toBeNull();
      expect(await scene.store.conversations.stop(scene.conversationId, id)).toBeNull();
    });

    test('[DEL1] the outbox skips it', async ({ scene }) => {
      await scene.running('first');
      await scene.send('second');
      await scene.store.conversations.delete(scene.conversationId);
      scene.time += 10_000;
      expect(await scene.store.outbox.dueSignals()).toEqual([]);
      expect(await scene.store.outbox.openConversations()).toEqual([]);
    });

    test('[DEL2] within 30 s it can be restored with its words', async ({ scene }) => {
      await scene.completed('first', 'words');
      const { id } = await scene.running('second', 'cut');
      await scene.store.conversations.delete(scene.conversationId);
      scene.time += 29_999;
      await scene.store.outbox.sweep();
      const listBefore = (await scene.store.snapshots.list(0)).rev;
      expect(await scene.store.conversations.restore(scene.conversationId)).toMatchObject({ deleted: false });
      expect((await page(scene))?.turns.map((turn) => turn.reply)).toEqual(['words', 'cut']);
      expect(isOutcome((await scene.turn(id)).status)).toBe(true);
      expect((await scene.store.conversations.list()).map((row) => row.id)).toEqual([scene.conversationId]);
      const list = await scene.store.snapshots.list(listBefore);
      expect(list.conversations).toMatchObject([{ id: scene.conversationId, deleted: false }]);
      const next = await scene.send('third');
      expect((await scene.open(next)).kind).toBe('opened');
      scene.time += 3_600_000;
      await scene.store.outbox.sweep();
      expect(await scene.line()).toEqual(['first', 'second', 'third']);
    });

    test('[DEL2] after 30 s it cannot be restored', async ({ scene }) => {
      await scene.completed('first', 'words');
      await scene.store.conversations.delete(scene.conversationId);
      scene.time += 30_001;
      expect(await scene.store.conversations.restore(scene.conversationId)).toBe('too-late');
    });

    test('[DEL2] then its words are erased, and an empty row stays', async ({ scene }) => {
      const id = await scene.completed('my secret', 'your secret');
      const { id: cut } = await scene.running('another secret', 'half a secret');
      await scene.store.conversations.delete(scene.conversationId);
      const rev = await scene.rev();
      scene.time += 30_001;
      await scene.store.outbox.sweep();
      expect(await scene.store.conversations.restore(scene.conversationId)).toBe('too-late');
      const answer = await scene.store.snapshots.conversation(scene.conversationId, 0);
      expect(answer.conversation).toMatchObject({ id: scene.conversationId, deleted: true });
      const left: unknown[] = [answer, await scene.store.turn(id), await scene.store.turn(cut)];
      left.push(await scene.store.snapshots.eventsSince(cut, 0), await scene.store.snapshots.list(0));
      expect(JSON.stringify(left)).not.toContain('secret');
      expect(answer.conversation.rev).toBeGreaterThanOrEqual(rev);
      expect(await scene.submit('more')).toEqual({ kind: 'refused', code: 'deleted' });
      expect(await scene.submit('my secret', { id })).toMatchObject({ kind: 'refused' });
      expect((await scene.open(id)).kind).toBe('ended');
    });

    test('[DEL2] what is erased does not come back, though the clock has gone back', async ({ scene }) => {
      await scene.completed('first', 'words');
      await scene.store.conversations.delete(scene.conversationId);
      scene.time += 30_001;
      await scene.store.outbox.sweep();
      scene.time -= 3_600_000;
      expect(await scene.store.conversations.restore(scene.conversationId)).toBe('too-late');
    });

    test('[DEL2] deleted again after a restore, its 30 s begin again', async ({ scene }) => {
      await scene.completed('first', 'words');
      const { conversations } = scene.store;
      await conversations.delete(scene.conversationId);
      scene.time += 20_000;
      await conversations.restore(scene.conversationId);
      await conversations.delete(scene.conversationId);
      scene.time += 20_000;
      await scene.store.outbox.sweep();
      expect(await conversations.restore(scene.conversationId)).toMatchObject({ deleted: false });
      expect(await scene.line()).toEqual(['first']);
    });
  });
}
