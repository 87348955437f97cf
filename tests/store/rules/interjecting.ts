import { describe, expect } from 'vitest';
import { proofOf } from '#lib/protocol/reply.ts';
import { text } from '#tests/protocol/events.ts';
import { fenceOf } from '../attempt.ts';
import type { StoreTest } from '../scene.ts';

export function interjectingRules(test: StoreTest): void {
  describe('interject', () => {
    test('[IJ1] it ends the running turn as interrupted, exact at the answer', async ({ scene }) => {
      const { id, attempt } = await scene.running('tell me', 'once upon');
      const answer = await scene.accepted('wait', { mode: 'interject' });
      expect(answer).toMatchObject({ ended: [id], signal: true, turn: { parentId: id, status: 'queued' } });
      expect(await scene.turn(id)).toMatchObject({
        status: 'interrupted',
        reply: 'once upon',
        proof: proofOf(3, 'once upon'),
      });
      expect(await attempt.append([text(' a time')])).toEqual({ kind: 'ended', outcome: 'interrupted' });
      expect((await scene.open(answer.turn.id)).kind).toBe('opened');
      expect(await scene.line()).toEqual(['tell me', 'wait']);
    });

    test('[IJ1] interjection and interrupted turn are one change of the conversation', async ({ scene }) => {
      const { id } = await scene.running('tell me');
      const before = await scene.rev();
      const now = await scene.interject('wait');
      const changed = await scene.store.snapshots.changesSince(scene.conversationId, before);
      expect(changed?.to).toBe(before + 1);
      expect(new Set(changed?.turns.map((turn) => turn.id))).toEqual(new Set([id, now]));
    });

    test('[IJ1] it ends interjections that still wait before it', async ({ scene }) => {
      const { id } = await scene.running('tell me');
      const first = await scene.interject('one');
      const second = await scene.accepted('two', { mode: 'interject' });
      const third = await scene.accepted('three', { mode: 'interject' });
      expect([second.ended, third.ended]).toEqual([[first], [second.turn.id]]);
      expect(third.turn.parentId).toBe(second.turn.id);
      const statuses = [id, first, second.turn.id].map(async (turn) => (await scene.turn(turn)).status);
      expect(await Promise.all(statuses)).toEqual(['interrupted', 'interrupted', 'interrupted']);
      expect(await scene.line()).toEqual(['tell me', 'one', 'two', 'three']);
      expect((await scene.open(third.turn.id)).kind).toBe('opened');
    });

    test('[IJ2] a turn that only waits is not ended; it follows the interjection in the line', async ({ scene }) => {
      const { id } = await scene.running('tell me');
      const waits = await scene.send('later');
      const waitsToo = await scene.send('later still');
      const now = await scene.accepted('wait', { mode: 'interject' });
      expect(now).toMatchObject({ ended: [id], turn: { parentId: id } });
      expect(await scene.turn(waits)).toMatchObject({ status: 'queued', parentId: now.turn.id });
      expect(await scene.turn(waitsToo)).toMatchObject({ status: 'queued', parentId: waits });
      expect(await scene.open(waits)).toEqual({ kind: 'behind', turnId: now.turn.id });
      expect(await scene.line()).toEqual(['tell me', 'wait', 'later', 'later still']);
    });

    test('[IJ2] so does one that waits behind a turn which was stopped before it began', async ({ scene }) => {
      await scene.running('tell me');
      const stopped = await scene.send('stopped');
      const waits = await scene.send('later');
      await scene.store.conversations.stop(scene.conversationId, stopped);
      const now = await scene.interject('wait');
      const line = await scene.line();
      expect(line.slice(line.indexOf('wait'))).toEqual(['wait', 'later']);
      const before = [];
      for await (const turn of scene.store.turnsBefore(waits)) before.push(turn.id);
      expect(before).toContain(now);
    });

    test('[IJ2] a turn that was stopped behind a waiting one stays in the line', async ({ scene }) => {
      await scene.running('tell me');
      await scene.send('later');
      const stopped = await scene.send('stopped');
      await scene.store.conversations.stop(scene.conversationId, stopped);
      await scene.interject('wait');
      expect(await scene.line()).toEqual(['tell me', 'wait', 'later', 'stopped']);
    });

    test('[IJ2] with nothing running it goes before what only waits, in the line as well', async ({ scene }) => {
      await scene.completed('first');
      const waits = await scene.send('later');
      const now = await scene.interject('now');
      expect(await scene.line()).toEqual(['first', 'now', 'later']);
      expect(await scene.open(waits)).toEqual({ kind: 'behind', turnId: now });
      expect((await scene.open(now)).kind).toBe('opened');
    });

    test('[IJ2] after several interjections what waits still follows the last', async ({ scene }) => {
      await scene.running('tell me');
      const waits = await scene.send('later');
      await scene.interject('one');
      const second = await scene.interject('two');
      expect((await scene.turn(waits)).parentId).toBe(second);
      expect(await scene.line()).toEqual(['tell me', 'one', 'two', 'later']);
      expect((await scene.accepted('last')).turn.parentId).toBe(waits);
    });

    test('[IJ3] one that has waited 2 s while nothing runs is spared', async ({ scene }) => {
      await scene.running('tell me');
      const first = await scene.interject('one');
      scene.time += 1_999;
      const second = await scene.accepted('two', { mode: 'interject' });
      expect(second.ended).toEqual([first]);
      scene.time += 2_001;
      const third = await scene.accepted('three', { mode: 'interject' });
      expect(third.ended).toEqual([]);
      expect((await scene.turn(second.turn.id)).status).toBe('queued');
      expect(await scene.open(third.turn.id)).toEqual({ kind: 'behind', turnId: second.turn.id });
      expect(await scene.line()).toEqual(['tell me', 'one', 'two', 'three']);
    });

    test('[IJ3] while a turn runs none is spared, however long it has waited', async ({ scene }) => {
      const { id: failed } = await scene.running('first');
      await scene.store.log.end(failed, 'failed');
      const waits = await scene.interject('waits');
      const retry = await scene.send('first', { parentId: null });
      await scene.begin(retry);
      scene.time += 5_000;
      expect(await scene.accepted('now', { mode: 'interject' })).toMatchObject({
        ended: [retry, waits],
        turn: { parentId: waits },
      });
    });

    test('[IJ3] two that are spared go by order, each after its parent', async ({ scene }) => {
      await scene.running('tell me');
      const first = await scene.interject('one');
      scene.time += 2_001;
      const second = await scene.interject('two');
      await (await scene.begin(first)).finish();
      await scene.begin(second, fenceOf({ activity: 2 }));
      expect((await scene.turn(second)).parentId).toBe(first);
    });

    test('[IJ1] it never becomes its own ancestor: what it ends may stand behind what waits for it', async ({
      scene,
    }) => {
      const { id: failed } = await scene.running('question');
      await scene.store.log.end(failed, 'failed');
      const spared = await scene.interject('spared');
      scene.time += 2_001;
      const retry = await scene.send('question', { parentId: null });
      const runs = await scene.interject('runs before the retry');
      await scene.begin(runs, fenceOf({ activity: 2 }));
      const last = await scene.accepted('last', { mode: 'interject' });
      expect(last).toMatchObject({ ended: [runs, spared], turn: { parentId: runs } });
      expect((await scene.turn(retry)).parentId).toBe(last.turn.id);
      expect(await scene.open(retry, fenceOf({ activity: 3 }))).toEqual({ kind: 'behind', turnId: last.turn.id });
    });

    test('[IJ1] with nothing running it ends nothing', async ({ scene }) => {
      const first = await scene.completed('first');
      const now = await scene.accepted('now', { mode: 'interject' });
      expect(now).toMatchObject({ ended: [], turn: { parentId: first } });
    });

    test('[CTX1] no turn runs before its parent has ended', async ({ scene }) => {
      await scene.completed('first');
      const waits = await scene.send('waits');
      const now = await scene.interject('now, with nothing running');
      const order = [];
      for (const id of [now, waits, now, waits]) {
        const answer = await scene.open(id, fenceOf({ activity: order.length + 1 }));
        if (answer.kind !== 'opened') continue;
        const { parentId } = await scene.turn(id);
        if (parentId) expect((await scene.turn(parentId)).endedAt).not.toBeNull();
        await scene.store.log.end(id, 'completed');
        order.push(id);
      }
      expect(new Set(order)).toEqual(new Set([now, waits]));
    });

    test('[IJ1] with parentId it ends the running turn and branches elsewhere', async ({ scene }) => {
      const first = await scene.completed('first');
      const { id } = await scene.running('second');
      const branch = await scene.accepted('edited', { mode: 'interject', parentId: first });
      expect(branch).toMatchObject({ ended: [id], turn: { parentId: first } });
      expect((await scene.turn(id)).status).toBe('interrupted');
      expect(await scene.line()).toEqual(['first', 'edited']);
    });

    test('[IJ1] it ends nothing in another conversation', async ({ scene }) => {
      const { id } = await scene.running('here');
      await scene.send('there', { mode: 'interject', to: crypto.randomUUID() });
      expect((await scene.turn(id)).status).toBe('running');
    });

    test('[SEND3] an interjection that is refused ends nothing', async ({ scene }) => {
      const { id } = await scene.running('runs', 'text');
      for (let n = 0; n < 20; n++) await scene.send(`waits ${n}`);
      expect(await scene.submit('now', { mode: 'interject' })).toEqual({ kind: 'refused', code: 'too-many-waiting' });
      expect((await scene.turn(id)).status).toBe('running');
    });
  });
}
