import { randomUUID } from 'node:crypto';
import { describe, expect } from 'vitest';
import { fenceOf } from '../attempt.ts';
import type { Scene, StoreTest } from '../scene.ts';

const due = async (scene: Scene) => (await scene.store.outbox.dueSignals()).map((signal) => signal.turnId);
const stops = async (scene: Scene) => (await scene.store.outbox.dueStops()).map((stop) => stop.turnId);

export function outboxRules(test: StoreTest): void {
  describe('outbox', () => {
    test('[OB1] a waiting turn whose signal was not taken is due until it is', async ({ scene }) => {
      const { id } = await scene.running('first');
      await scene.store.outbox.signalled(id);
      const now = await scene.interject('now');
      scene.time += 10_000;
      for (let n = 0; n < 3; n++) {
        expect(await scene.store.outbox.dueSignals()).toEqual([
          { conversationId: scene.conversationId, turnId: now, ended: [id] },
        ]);
      }
      await scene.store.outbox.signalled(now);
      expect(await due(scene)).toEqual([]);
    });

    test('[OB1] a signal that was taken is due again after 60 s, doubled each time', async ({ scene }) => {
      const id = await scene.send('hello');
      await scene.store.outbox.signalled(id);
      for (const pause of [60_000, 120_000, 240_000, 480_000]) {
        scene.time += pause - 1;
        expect(await due(scene)).toEqual([]);
        scene.time += 2;
        expect(await due(scene)).toEqual([id]);
        await scene.store.outbox.signalled(id);
      }
    });

    test('[OB1] a turn that has its outcome is not due', async ({ scene }) => {
      await scene.completed('first');
      const stopped = await scene.send('second');
      await scene.store.conversations.stop(scene.conversationId, stopped);
      scene.time += 3_600_000;
      expect(await due(scene)).toEqual([]);
    });

    test('[OB2] a running turn that is silent for 30 s is due, one that lives is not', async ({ scene }) => {
      const { id, attempt } = await scene.running('hello', 'text');
      await scene.store.outbox.signalled(id);
      scene.time += 20_000;
      await scene.store.log.keepAlive([{ turnId: id, fence: attempt.fence }]);
      scene.time += 29_999;
      expect(await due(scene)).toEqual([]);
      scene.time += 2;
      expect(await due(scene)).toEqual([id]);
    });

    test('[OB2] an orphan whose signal was taken twice before is due all the same', async ({ scene }) => {
      const id = await scene.send('hello');
      await scene.store.outbox.signalled(id);
      scene.time += 60_001;
      await scene.store.outbox.signalled(id);
      await scene.begin(id);
      scene.time += 30_001;
      expect(await due(scene)).toEqual([id]);
    });

    test('[OB3] a Stop is due until it is told', async ({ scene }) => {
      const { id } = await scene.running('first');
      const second = await scene.send('second');
      for (const turnId of [id, second]) await scene.store.outbox.signalled(turnId);
      await scene.store.conversations.stop(scene.conversationId, id);
      await scene.store.conversations.stop(scene.conversationId, second);
      scene.time += 10_000;
      expect(new Set(await stops(scene))).toEqual(new Set([id, second]));
      await scene.store.outbox.stopsTold([id]);
      expect(await scene.store.outbox.dueStops()).toEqual([{ conversationId: scene.conversationId, turnId: second }]);
      await scene.store.outbox.stopsTold([second]);
      expect(await stops(scene)).toEqual([]);
    });

    test('[OB3] what ended by itself, or was stopped before it was sent, is no Stop to tell', async ({ scene }) => {
      const id = await scene.completed('first');
      await scene.store.conversations.stop(scene.conversationId, id);
      await scene.store.conversations.stop(scene.conversationId, crypto.randomUUID());
      scene.time += 10_000;
      expect(await stops(scene)).toEqual([]);
    });

    test('[OB3] a waiting turn that is stopped before its signal was taken is no Stop to tell', async ({ scene }) => {
      const id = await scene.send('first');
      await scene.store.conversations.stop(scene.conversationId, id);
      scene.time += 10_000;
      expect(await stops(scene)).toEqual([]);
    });

    test('[WRK2] a running turn is held by the attempt that opened it last', async ({ scene }) => {
      const { id } = await scene.running('hello');
      const { conversationId } = scene;
      const held = (taskToken: string, attempt: number) => [
        { conversationId, turnId: id, step: 0, attempt, taskToken, owner: 'owner-1' },
      ];
      expect(await scene.store.outbox.heldAttempts()).toEqual(held('token-1', 1));
      await scene.begin(id, fenceOf({ attempt: 2 }));
      expect(await scene.open(id)).toEqual({ kind: 'fenced' });
      expect(await scene.store.outbox.heldAttempts()).toEqual(held('token-2', 2));
      await scene.store.log.end(id, 'stopped');
      expect(await scene.store.outbox.heldAttempts()).toEqual([]);
    });

    test('[WRK3] conversations with a turn that is not ended are open', async ({ scene }) => {
      const id = await scene.send('hello');
      expect(await scene.store.outbox.openConversations()).toEqual([scene.conversationId]);
      await scene.send('more');
      expect(await scene.store.outbox.openConversations()).toEqual([scene.conversationId]);
      await scene.store.log.end(id, 'stopped');
      await scene.completed('last', 'yes', { to: crypto.randomUUID() });
      expect(await scene.store.outbox.openConversations()).toEqual([scene.conversationId]);
    });
  });

  describe('transcript', () => {
    const before = async (scene: Scene, turnId: string) => {
      const turns = [];
      for await (const turn of scene.store.turnsBefore(turnId)) turns.push(turn);
      return turns;
    };

    test('[CTX1] the path from the parent to the root, the nearest first', async ({ scene }) => {
      const first = await scene.completed('first', 'one');
      await scene.completed('second', 'two');
      const edited = await scene.completed('edited', 'too', { parentId: first });
      const last = await scene.send('last');
      expect(await before(scene, last)).toEqual([
        { id: edited, prompt: 'edited', reply: 'too', status: 'completed', begun: true },
        { id: first, prompt: 'first', reply: 'one', status: 'completed', begun: true },
      ]);
      expect(await before(scene, first)).toEqual([]);
    });

    test('[CTX3] a line is counted up to any turn, whichever one of its conversation was asked for before', async ({
      scene,
    }) => {
      const first = await scene.completed('first', 'one');
      const second = await scene.completed('second', 'two');
      const third = await scene.completed('third', 'three');
      const edited = await scene.completed('edited', 'too', { parentId: first });
      const elsewhere = await scene.completed('elsewhere', 'alone', { to: randomUUID() });
      const lengths = { [first]: 1, [second]: 2, [third]: 3, [edited]: 2 };
      for (const [before, beforeLength] of Object.entries(lengths)) {
        for (const [turnId, length] of Object.entries(lengths)) {
          expect(await scene.store.lineLength(scene.conversationId, before)).toBe(beforeLength);
          expect(await scene.store.lineLength(scene.conversationId, turnId)).toBe(length);
        }
      }
      expect(await scene.store.lineLength((await scene.turn(elsewhere)).conversationId, elsewhere)).toBe(1);
    });

    test('[CTX2] it says which turns ended before they began, and keeps partial text', async ({ scene }) => {
      await scene.running('runs', 'partial');
      const stopped = await scene.send('stopped');
      await scene.store.conversations.stop(scene.conversationId, stopped);
      const now = await scene.interject('now');
      const turns = await before(scene, now);
      expect(turns.find((turn) => turn.prompt === 'runs')).toMatchObject({
        reply: 'partial',
        status: 'interrupted',
        begun: true,
      });
      for (const turn of turns) if (turn.id === stopped) expect(turn.begun).toBe(false);
    });
  });
}
