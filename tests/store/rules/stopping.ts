import { randomUUID } from 'node:crypto';
import { describe, expect } from 'vitest';
import { proofOf } from '#lib/protocol/reply.ts';
import type { Scene, StoreTest } from '../scene.ts';

const stop = (scene: Scene, turnId: string, conversationId = scene.conversationId) =>
  scene.store.conversations.stop(conversationId, turnId);

export function stoppingRules(test: StoreTest): void {
  describe('stop', () => {
    test('[STOP1] it ends the running turn before it answers; the text stays', async ({ scene }) => {
      const { id } = await scene.running('hello', 'so far');
      const answer = await stop(scene, id);
      expect(answer?.signal).toBe(true);
      expect(answer?.turn).toMatchObject({ status: 'stopped', reply: 'so far', proof: proofOf(3, 'so far') });
      expect(answer?.turn).toEqual(await scene.turn(id));
      expect(await scene.open(id)).toEqual({ kind: 'ended', outcome: 'stopped' });
    });

    test('[STOP1] a waiting turn is stopped before it begins; what waits behind it goes on', async ({ scene }) => {
      const first = await scene.send('first');
      const second = await scene.send('second');
      expect((await stop(scene, first))?.turn).toMatchObject({ status: 'stopped', startedAt: null, reply: '' });
      expect((await scene.open(second)).kind).toBe('opened');
    });

    test('[ROW3] a turn that has ended is unchanged, and nobody is told', async ({ scene }) => {
      const id = await scene.completed('hello', 'whole');
      const [turn, rev] = [await scene.turn(id), await scene.rev()];
      expect(await stop(scene, id)).toEqual({ turn, signal: false });
      expect([await scene.turn(id), await scene.rev()]).toEqual([turn, rev]);
    });

    test('[STOP1] a turn of another conversation is not there', async ({ scene }) => {
      const { id } = await scene.running('hello');
      const other = randomUUID();
      await scene.send('other', { to: other });
      expect(await stop(scene, id, other)).toBeNull();
      expect(await stop(scene, id, randomUUID())).toBeNull();
      expect((await scene.turn(id)).status).toBe('running');
    });

    for (const mode of ['queue', 'interject'] as const) {
      test(`[STOP4] a Stop that overtakes its ${mode} holds: it begins stopped and does nothing else`, async ({
        scene,
      }) => {
        const { id: innocent } = await scene.running('hello', 'so far');
        const id = randomUUID();
        const stopped = await stop(scene, id);
        expect(stopped).toMatchObject({ turn: { id, status: 'stopped' }, signal: false });
        const answer = await scene.accepted('overtaken', { id, mode });
        expect(answer).toMatchObject({ turn: { id, status: 'stopped', reply: '' }, ended: [], signal: false });
        expect((await scene.turn(innocent)).status).toBe('running');
        expect(await scene.open(id)).toEqual({ kind: 'ended', outcome: 'stopped' });
        scene.time += 600_000;
        const due = await scene.store.outbox.dueSignals();
        expect(due.map((signal) => signal.turnId)).not.toContain(id);
        const again = await scene.accepted('overtaken', { id, mode });
        expect(again.turn).toEqual(answer.turn);
      });
    }

    test('[STOP4] it also overtakes the send that begins the conversation', async ({ scene }) => {
      const id = randomUUID();
      await stop(scene, id);
      expect((await scene.accepted('first', { id })).turn.status).toBe('stopped');
      const next = await scene.send('second');
      expect((await scene.open(next)).kind).toBe('opened');
    });

    test('[STOP4] twice is once', async ({ scene }) => {
      const id = randomUUID();
      await stop(scene, id);
      expect((await stop(scene, id))?.turn.status).toBe('stopped');
      expect((await scene.accepted('overtaken', { id })).turn.status).toBe('stopped');
    });

    test('[STOP4] what waits behind a turn that began stopped goes on', async ({ scene }) => {
      const { attempt } = await scene.running('first');
      const id = randomUUID();
      await stop(scene, id);
      await scene.accepted('overtaken', { id });
      const next = await scene.send('next');
      await attempt.finish();
      expect((await scene.open(next)).kind).toBe('opened');
    });

    test('[STOP4] a tombstone holds for an hour, then it goes', async ({ scene }) => {
      const [early, late] = [randomUUID(), randomUUID()];
      await stop(scene, early);
      await stop(scene, late);
      scene.time += 3_599_999;
      await scene.store.outbox.sweep();
      expect((await scene.accepted('early', { id: early })).turn.status).toBe('stopped');
      scene.time += 2;
      await scene.store.outbox.sweep();
      expect((await scene.accepted('late', { id: late })).turn.status).toBe('queued');
    });
  });
}
