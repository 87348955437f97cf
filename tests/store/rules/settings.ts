import { describe, expect } from 'vitest';
import { randomUUID } from 'node:crypto';
import type { ChangeConversation } from '#lib/protocol/command.ts';
import { reasoning, reasoningStart, startStep, text, textStart } from '#tests/protocol/events.ts';
import type { Scene, StoreTest } from '../scene.ts';

const change = (scene: Scene, settings: NonNullable<ChangeConversation['settings']>) =>
  scene.store.conversations.change(scene.conversationId, { settings });

export function settingsRules(test: StoreTest): void {
  describe('settings', () => {
    test('[SET1] those named are changed, null takes one back, and every viewer is told', async ({ scene }) => {
      const id = await scene.completed('hello');
      const rev = await scene.rev();
      expect(await change(scene, { model: 'large', temperature: 0.2 })).toMatchObject({
        rev: rev + 1,
        settings: { model: 'large', temperature: 0.2 },
      });
      await change(scene, { temperature: null, instructions: 'Be brief.' });
      const changed = await scene.store.snapshots.changesSince(scene.conversationId, rev);
      expect(changed).toMatchObject({ to: rev + 2, turns: [] });
      expect(changed?.conversation.settings).toEqual({ model: 'large', instructions: 'Be brief.' });
      expect(await scene.store.settings(scene.conversationId)).toEqual({ model: 'large', instructions: 'Be brief.' });
      expect(await scene.store.settings(randomUUID())).toEqual({});
      expect((await scene.turn(id)).model).toBe('model-1');
    });

    test('[SET1] a turn says which model it was begun with', async ({ scene }) => {
      const { id } = await scene.running('hello');
      await change(scene, { model: 'large' });
      const waits = await scene.send('later');
      await scene.store.conversations.stop(scene.conversationId, id);
      await scene.begin(waits);
      expect([(await scene.turn(id)).model, (await scene.turn(waits)).model]).toEqual(['model-1', 'large']);
    });

    test('[SET1] the send that begins a conversation may carry them; the same POST must carry the same', async ({
      scene,
    }) => {
      const command = { id: randomUUID(), prompt: 'hello', mode: 'queue', settings: { model: 'large' } } as const;
      await scene.store.submit(scene.conversationId, command);
      expect(await scene.store.settings(scene.conversationId)).toEqual({ model: 'large' });
      const { conversationId, store } = scene;
      expect(await store.submit(conversationId, command)).toMatchObject({ kind: 'accepted' });
      const other = { ...command, settings: { model: 'small' } };
      expect(await store.submit(conversationId, other)).toEqual({ kind: 'refused', code: 'conflict' });
      await store.submit(conversationId, { ...other, id: randomUUID() });
      expect(await store.settings(conversationId)).toEqual({ model: 'large' });
    });
  });

  describe('moments', () => {
    test('a turn keeps when its first token and its first text came, whatever becomes of it', async ({ scene }) => {
      const id = await scene.send('hello');
      const attempt = await scene.begin(id);
      const at: string[] = [];
      const tick = () => at.push(new Date((scene.time += 1_000)).toISOString());
      tick();
      await attempt.write(startStep(), reasoningStart(), reasoning('hm'));
      tick();
      await attempt.write(textStart(), text('yes'));
      tick();
      await attempt.write(text(' and no'));
      await scene.store.conversations.stop(scene.conversationId, id);
      expect(await scene.turn(id)).toMatchObject({ firstTokenAt: at[0], firstTextAt: at[1], endedAt: at[2] });
      const none = await scene.running('more');
      expect(await scene.turn(none.id)).toMatchObject({ firstTokenAt: null, firstTextAt: null });
    });
  });
}
