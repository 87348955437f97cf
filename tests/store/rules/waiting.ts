import { randomUUID } from 'node:crypto';
import { describe, expect } from 'vitest';
import type { ChangeTurn } from '#lib/protocol/command.ts';
import type { Scene, StoreTest } from '../scene.ts';

const change = (scene: Scene, turnId: string, by: ChangeTurn, conversationId = scene.conversationId) =>
  scene.store.changeTurn(conversationId, turnId, by);

/** A turn that runs, and three that wait behind it. */
async function queue(scene: Scene) {
  const { id, attempt } = await scene.running('tell me', 'once upon');
  const [a, b, c] = [await scene.send('a'), await scene.send('b'), await scene.send('c')];
  return { runs: id, attempt, a, b, c };
}

/** The prompts in the order in which they are answered, by whatever order they are asked for. */
async function answered(scene: Scene, ids: string[]): Promise<string[]> {
  const prompts: string[] = [];
  while (prompts.length < ids.length) {
    for (const id of ids.toReversed()) {
      if ((await scene.open(id)).kind !== 'opened') continue;
      prompts.push((await scene.turn(id)).prompt);
      await scene.store.log.end(id, 'completed');
    }
  }
  return prompts;
}

export function waitingRules(test: StoreTest): void {
  describe('waiting turns', () => {
    test('[WAIT1] a turn that runs or has ended is changed no more; what holds already is answered as done', async ({
      scene,
    }) => {
      const { runs, a } = await queue(scene);
      const refused = { kind: 'refused', code: 'not-waiting' };
      expect(await change(scene, runs, { prompt: 'other' })).toEqual(refused);
      expect(await change(scene, runs, { before: null })).toEqual(refused);
      expect(await change(scene, runs, { mode: 'interject' })).toEqual(refused);
      expect(await change(scene, runs, { prompt: 'tell me' })).toMatchObject({ kind: 'changed', signal: false });
      const said = await change(scene, a, { mode: 'interject' });
      await scene.begin(a);
      expect(said).toMatchObject({ kind: 'changed', ended: [runs] });
      expect(await change(scene, a, { mode: 'interject' })).toMatchObject({ kind: 'changed', ended: [] });
      await scene.store.conversations.stop(scene.conversationId, a);
      expect(await change(scene, a, { prompt: 'late' })).toEqual(refused);
      expect(await scene.turn(a)).toMatchObject({ prompt: 'a', status: 'stopped' });
    });

    test('[WAIT1] what is not there, is another conversation’s or is deleted is not found', async ({ scene }) => {
      const { a } = await queue(scene);
      const missing = { kind: 'refused', code: 'not-found' };
      expect(await change(scene, randomUUID(), { prompt: 'x' })).toEqual(missing);
      const other = randomUUID();
      expect(await change(scene, a, { prompt: 'x' }, other)).toEqual(missing);
      await scene.send('there', { to: other });
      expect(await change(scene, a, { prompt: 'x' }, other)).toEqual(missing);
      await scene.store.conversations.delete(scene.conversationId);
      expect(await change(scene, a, { prompt: 'x' })).toEqual(missing);
    });

    test('[WAIT2] other words, and the POST that made it still gets it', async ({ scene }) => {
      await scene.running('tell me');
      const id = await scene.send('first words');
      const rev = await scene.rev();
      expect(await change(scene, id, { prompt: 'second words' })).toMatchObject({
        kind: 'changed',
        turn: { prompt: 'second words', status: 'queued', rev: rev + 1 },
      });
      await change(scene, id, { prompt: 'third words' });
      expect(await scene.submit('first words', { id })).toMatchObject({ turn: { id, prompt: 'third words' } });
      expect(await scene.submit('third words', { id })).toEqual({ kind: 'refused', code: 'conflict' });
    });

    test('[WAIT3] another place in the line is another order of the answers, and of their context', async ({
      scene,
    }) => {
      const { runs, attempt, a, b, c } = await queue(scene);
      expect(await change(scene, c, { before: a })).toMatchObject({ turn: { parentId: runs } });
      expect(await scene.line()).toEqual(['tell me', 'c', 'a', 'b']);
      await change(scene, c, { before: b });
      expect(await scene.line()).toEqual(['tell me', 'a', 'c', 'b']);
      await change(scene, a, { before: null });
      expect(await scene.line()).toEqual(['tell me', 'c', 'b', 'a']);
      const orders = await Promise.all([c, b, a].map(async (id) => (await scene.turn(id)).order));
      expect(orders).toEqual(orders.toSorted((one, other) => one - other));
      await attempt.finish();
      expect(await answered(scene, [a, b, c])).toEqual(['c', 'b', 'a']);
    });

    test('[WAIT3] a move is one change, and tells only what has moved; none changes nothing', async ({ scene }) => {
      const { a, b, c } = await queue(scene);
      const rev = await scene.rev();
      await change(scene, b, { before: c });
      await change(scene, c, { before: null });
      expect(await scene.rev()).toBe(rev);
      await change(scene, c, { before: b });
      const changed = await scene.store.snapshots.changesSince(scene.conversationId, rev);
      expect([changed?.to, changed?.conversation.head]).toEqual([rev + 1, b]);
      expect(new Set(changed?.turns.map(({ id }) => id))).toEqual(new Set([b, c]));
      expect((await scene.turn(a)).rev).toBeLessThanOrEqual(rev);
    });

    test('[WAIT3] a place is one of the same line’s', async ({ scene }) => {
      const first = await scene.completed('first');
      const { runs, a } = await queue(scene);
      const elsewhere = await scene.send('elsewhere', { parentId: first });
      const refused = { kind: 'refused', code: 'bad-place' };
      const rev = await scene.rev();
      for (const before of [a, runs, first, elsewhere, randomUUID()]) {
        expect(await change(scene, a, { before: before === a ? elsewhere : before })).toEqual(refused);
      }
      expect(await scene.rev()).toBe(rev);
    });

    test('[WAIT3] a turn that was taken back in between is passed over', async ({ scene }) => {
      const { attempt, a, b, c } = await queue(scene);
      await scene.store.conversations.stop(scene.conversationId, b);
      const taken = await scene.turn(b);
      await change(scene, c, { before: a });
      expect(await scene.line()).toEqual(['tell me', 'c', 'a']);
      expect(await scene.turn(b)).toEqual(taken);
      await attempt.finish();
      expect(await answered(scene, [a, c])).toEqual(['c', 'a']);
      expect((await scene.turn(await scene.send('last'))).parentId).toBe(a);
    });

    test('[WAIT4] said now, it interrupts what runs, and stands in front of its line', async ({ scene }) => {
      const { runs, a, b, c } = await queue(scene);
      const rev = await scene.rev();
      const said = await change(scene, b, { mode: 'interject' });
      expect(said).toMatchObject({
        kind: 'changed',
        ended: [runs],
        signal: true,
        turn: { mode: 'interject', status: 'queued', parentId: runs, rev: rev + 1 },
      });
      expect(await scene.turn(runs)).toMatchObject({ status: 'interrupted', reply: 'once upon' });
      expect(await scene.line()).toEqual(['tell me', 'b', 'a', 'c']);
      expect(await answered(scene, [a, b, c])).toEqual(['b', 'a', 'c']);
    });

    test('[WAIT4] the outbox tells of it where the signal was lost', async ({ scene }) => {
      const { runs, b } = await queue(scene);
      await scene.store.outbox.signalled(b);
      await change(scene, b, { mode: 'interject' });
      scene.time += 2_000;
      const due = await scene.store.outbox.dueSignals();
      expect(due.find(({ turnId }) => turnId === b)).toMatchObject({ ended: [runs] });
    });

    test('[WAIT4] as an interjection it ends one that still waits, and clears a pause', async ({ scene }) => {
      const { id } = await scene.running('tell me');
      const now = await scene.interject('wait');
      const later = await scene.send('later');
      expect(await change(scene, later, { mode: 'interject' })).toMatchObject({ ended: [now] });
      expect([(await scene.turn(id)).status, (await scene.turn(now)).status]).toEqual(['interrupted', 'interrupted']);
      expect(await scene.line()).toEqual(['tell me', 'wait', 'later']);
    });

    test('[WAIT4] it clears a pause, as a send does', async ({ scene }) => {
      const { id, attempt } = await scene.running('tell me');
      const waits = await scene.send('later');
      const error = { code: 'wrong_key', message: 'The key was refused.' };
      await scene.store.log.fail({
        turnId: id,
        step: 0,
        fence: attempt.fence,
        callId: randomUUID(),
        error,
        pauses: true,
      });
      expect((await scene.open(waits)).kind).toBe('paused');
      await change(scene, waits, { mode: 'interject' });
      expect((await scene.open(waits)).kind).toBe('opened');
    });

    test('[WAIT4] in another branch than the running turn it stays there', async ({ scene }) => {
      const first = await scene.completed('first');
      const { id } = await scene.running('tell me');
      const other = await scene.send('elsewhere', { parentId: first });
      expect(await change(scene, other, { mode: 'interject' })).toMatchObject({
        ended: [id],
        turn: { parentId: first },
      });
      expect((await scene.open(other)).kind).toBe('opened');
    });
  });
}
