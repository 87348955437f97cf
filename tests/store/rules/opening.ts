import { describe, expect } from 'vitest';
import { EMPTY_REPLY } from '#lib/protocol/reply.ts';
import type { Outcome } from '#lib/protocol/turn.ts';
import { finishStep, startStep, text, textStart } from '#tests/protocol/events.ts';
import { fenceOf } from '../attempt.ts';
import type { StoreTest } from '../scene.ts';

const key = { code: 'wrong_key', message: 'The key was refused.' };

export function openingRules(test: StoreTest): void {
  describe('open', () => {
    test('[LOG1] opened: the turn runs, and its row says by which model and since when', async ({ scene }) => {
      const id = await scene.send('hello');
      const before = await scene.rev();
      expect(await scene.open(id)).toEqual({ kind: 'opened', reply: EMPTY_REPLY });
      expect(await scene.turn(id)).toMatchObject({
        status: 'running',
        model: 'model-1',
        startedAt: new Date(scene.time).toISOString(),
        endedAt: null,
        proof: null,
        rev: before + 1,
      });
    });

    test('[LOG1] opened answers with the events so far, and asking twice is no second attempt', async ({ scene }) => {
      const { id, attempt } = await scene.running('hello', 'so far');
      const again = await scene.begin(id);
      expect([again.seq, again.openedText]).toEqual([attempt.seq, 'so far']);
      await attempt.say(' and on');
      expect((await scene.turn(id)).reply).toBe('so far and on');
    });

    for (const outcome of ['completed', 'stopped', 'interrupted', 'failed'] satisfies Outcome[]) {
      test(`[LOG1] a turn that is ${outcome} is ended for every attempt`, async ({ scene }) => {
        const { id } = await scene.running('hello', 'text');
        await scene.store.log.end(id, outcome);
        const ended = { kind: 'ended', outcome };
        expect(await scene.open(id)).toEqual(ended);
        expect(await scene.open(id, fenceOf({ activity: 9 }))).toEqual(ended);
        expect(await scene.open(id, fenceOf({ runId: 'run-2', step: 4 }), fenceOf())).toEqual(ended);
      });
    }

    test('[LOG1] done: the step has ended, with its tool calls, and the fence stays where it was', async ({
      scene,
    }) => {
      const { id, attempt } = await scene.running('hello', 'let me look');
      await attempt.write(finishStep(0, ['call-1', 'call-2']));
      const done = { kind: 'done', toolCalls: ['call-1', 'call-2'] };
      expect(await scene.open(id)).toEqual(done);
      const next = await scene.begin(id, fenceOf({ step: 1, activity: 2 }));
      expect(await scene.open(id, fenceOf({ runId: 'run-0', runStartedAt: 1 }))).toEqual(done);
      expect(await scene.open(id, fenceOf({ runId: 'run-2', runStartedAt: 9_000 }))).toEqual(done);
      await next.write(startStep(1), textStart('0', 1), text('found', '0', 1));
      expect((await scene.turn(id)).reply).toBe('let me look\n\nfound');
    });

    test('[LOG1] ended goes before done', async ({ scene }) => {
      const { id, attempt } = await scene.running('hello', 'let me look');
      await attempt.write(finishStep(0, ['call-1']));
      await scene.store.log.end(id, 'stopped');
      expect(await scene.open(id)).toEqual({ kind: 'ended', outcome: 'stopped' });
    });

    test('[LOG1] behind names the running turn first', async ({ scene }) => {
      const { id } = await scene.running('first');
      const second = await scene.send('second');
      const third = await scene.send('third');
      expect(await scene.open(third)).toEqual({ kind: 'behind', turnId: id });
      expect(await scene.open(second)).toEqual({ kind: 'behind', turnId: id });
      expect((await scene.turn(second)).status).toBe('queued');
    });

    test('[LOG1] the running turn goes first also before an older one that a Stop has freed', async ({ scene }) => {
      const root = await scene.completed('root');
      const { id: failed } = await scene.running('fails');
      const waits = await scene.send('waits');
      await scene.store.log.end(failed, 'failed');
      const elsewhere = await scene.send('elsewhere', { parentId: null });
      const retry = await scene.send('fails', { parentId: root });
      await scene.begin(elsewhere);
      await scene.store.conversations.stop(scene.conversationId, retry);
      expect(await scene.open(waits)).toEqual({ kind: 'behind', turnId: elsewhere });
    });

    test('[LOG1] behind names interjections before turns that were sent earlier', async ({ scene }) => {
      const { id } = await scene.running('first');
      const second = await scene.send('second');
      const now = await scene.interject('now');
      expect(await scene.open(second)).toEqual({ kind: 'behind', turnId: now });
      expect(await scene.open(id)).toEqual({ kind: 'ended', outcome: 'interrupted' });
      expect((await scene.open(now)).kind).toBe('opened');
    });

    test('[LOG1] an interjection goes first also where nothing in its line waits for it', async ({ scene }) => {
      const root = await scene.completed('root');
      await scene.running('runs');
      const waits = await scene.send('waits');
      const now = await scene.send('now', { mode: 'interject', parentId: root });
      expect(await scene.open(waits)).toEqual({ kind: 'behind', turnId: now });
      expect((await scene.open(now)).kind).toBe('opened');
    });

    test('[LOG1] behind goes by order, whatever order signals come in', async ({ scene }) => {
      const [first, second, third] = [await scene.send('1'), await scene.send('2'), await scene.send('3')];
      expect(await scene.open(third)).toEqual({ kind: 'behind', turnId: first });
      expect(await scene.open(second)).toEqual({ kind: 'behind', turnId: first });
      await (await scene.begin(first)).finish();
      expect(await scene.open(third)).toEqual({ kind: 'behind', turnId: second });
      await (await scene.begin(second, fenceOf({ activity: 2 }))).finish();
      expect((await scene.open(third, fenceOf({ activity: 3 }))).kind).toBe('opened');
    });

    test('[LOG1] branches go by order too, not by id', async ({ scene }) => {
      const root = await scene.completed('root');
      const branches: string[] = [];
      for (let n = 0; n < 6; n++) branches.push(await scene.send(`branch ${n}`, { parentId: root }));
      for (const [n, id] of branches.entries()) {
        const later = branches.at(-1) ?? '';
        if (later !== id) expect(await scene.open(later)).toEqual({ kind: 'behind', turnId: id });
        await (await scene.begin(id, fenceOf({ activity: n + 1 }))).finish();
      }
    });

    test('[LOG1] another conversation is in nobody’s way', async ({ scene }) => {
      await scene.running('here');
      const there = await scene.send('there', { to: crypto.randomUUID() });
      expect((await scene.open(there)).kind).toBe('opened');
    });

    test('[LOG1] behind goes before paused', async ({ scene }) => {
      const { id, attempt } = await scene.running('first');
      const [second, third] = [await scene.send('second'), await scene.send('third')];
      await scene.store.log.fail({
        turnId: id,
        step: 0,
        fence: attempt.fence,
        callId: 'a',
        error: key,
        pauses: true,
      });
      expect(await scene.open(third)).toEqual({ kind: 'behind', turnId: second });
      expect(await scene.open(second)).toEqual({ kind: 'paused' });
    });

    test('[LOG1] fenced goes before lost: an old attempt that would adopt is told that it is old', async ({
      scene,
    }) => {
      const { id } = await scene.running('hello');
      await scene.begin(id, fenceOf({ attempt: 4 }));
      expect(await scene.open(id, fenceOf({ attempt: 2 }), fenceOf())).toEqual({ kind: 'fenced' });
    });
  });
}
