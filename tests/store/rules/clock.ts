import { describe, expect } from 'vitest';
import { fenceOf } from '../attempt.ts';
import type { Scene, StoreTest } from '../scene.ts';

const HOUR = 3_600_000;
const due = async (scene: Scene) => (await scene.store.outbox.dueSignals()).map((signal) => signal.turnId);
const stops = async (scene: Scene) => (await scene.store.outbox.dueStops()).map((stop) => stop.turnId);

/** The scene's clock is that of the machine; both ways it jumps by what a wrong time zone makes. */
export function clockRules(test: StoreTest): void {
  describe('a clock that jumps', () => {
    for (const [where, jump] of [
      ['back', -HOUR],
      ['forward', HOUR],
    ] as const) {
      test(`[CLK1] order is counted, not read from a clock that jumps ${where}`, async ({ scene }) => {
        const first = await scene.completed('first', 'one');
        const { attempt } = await scene.running('second', 'be');
        const third = await scene.send('third');
        scene.time += jump;
        await attempt.say('fore and after');
        await attempt.finish();
        const fourth = await scene.send('fourth');
        expect(await scene.line()).toEqual(['first', 'second', 'third', 'fourth']);
        expect(await scene.open(fourth)).toEqual({ kind: 'behind', turnId: third });
        expect((await scene.open(third, fenceOf({ activity: 2 }))).kind).toBe('opened');
        const page = await scene.store.conversations.page(scene.conversationId, { limit: 50 });
        const turns = page?.turns ?? [];
        expect(turns[0]?.id).toBe(first);
        expect(turns.map((turn) => turn.order)).toEqual(turns.map((turn) => turn.order).toSorted((a, b) => a - b));
        expect(turns[1]).toMatchObject({ status: 'completed', reply: 'before and after' });
      });

      test(`[CLK1] of two branches the one that was asked first goes first, also after a jump ${where}`, async ({
        scene,
      }) => {
        await scene.completed('first', 'one');
        const earlier = await scene.send('further on');
        scene.time += jump;
        const later = await scene.send('in another branch', { parentId: null });
        expect(await scene.open(later)).toEqual({ kind: 'behind', turnId: earlier });
      });

      test(`[CLK2] [OB1] a message whose signal was lost is due soon, also after a jump ${where}`, async ({
        scene,
      }) => {
        const id = await scene.send('hello');
        scene.time += jump;
        expect(await due(scene)).toEqual([id]);
        await scene.store.outbox.signalled(id);
        expect(await due(scene)).toEqual([]);
        scene.time += 60_001;
        expect(await due(scene)).toEqual([id]);
      });

      test(`[CLK2] [OB2] an orphan is found, also after a jump ${where}, and once`, async ({ scene }) => {
        const id = await scene.send('hello');
        await scene.store.outbox.signalled(id);
        await scene.begin(id);
        scene.time += jump;
        expect(await due(scene)).toEqual([id]);
        await scene.store.outbox.signalled(id);
        expect(await due(scene)).toEqual([]);
      });

      test(`[CLK2] [OB2] a turn that says that it lives is no orphan after a jump ${where}`, async ({ scene }) => {
        const { id, attempt } = await scene.running('hello', 'text');
        await scene.store.outbox.signalled(id);
        scene.time += jump;
        await scene.store.log.keepAlive([{ turnId: id, fence: attempt.fence }]);
        await scene.store.outbox.signalled(id);
        expect(await due(scene)).toEqual([]);
      });

      test(`[CLK2] [OB3] a Stop is told soon, also after a jump ${where}`, async ({ scene }) => {
        const { id } = await scene.running('first');
        await scene.store.conversations.stop(scene.conversationId, id);
        scene.time += jump;
        expect(await stops(scene)).toEqual([id]);
      });

      test(`[CLK2] [LOG9] a dead run’s fence lapses, also after a jump ${where}`, async ({ scene }) => {
        const { id } = await scene.running('hello', 'one');
        scene.time += jump;
        const older = fenceOf({ runId: 'run-2', runStartedAt: 500 });
        expect((await scene.open(id, older)).kind).toBe('opened');
      });
    }

    test('[CLK2] [LOG9] a holder that lives keeps its fence after a jump back', async ({ scene }) => {
      const { id, attempt } = await scene.running('hello', 'one');
      scene.time -= HOUR;
      await attempt.say(' two');
      expect(await scene.open(id, fenceOf({ runId: 'run-2', runStartedAt: 500 }))).toEqual({ kind: 'fenced' });
    });

    test('[CLK2] [OB1] the pauses between signals grow again after a jump back, they do not become an hour', async ({
      scene,
    }) => {
      const id = await scene.send('hello');
      await scene.store.outbox.signalled(id);
      scene.time -= HOUR;
      expect(await due(scene)).toEqual([id]);
      await scene.store.outbox.signalled(id);
      scene.time += 119_000;
      expect(await due(scene)).toEqual([]);
      scene.time += 2_000;
      expect(await due(scene)).toEqual([id]);
    });

    test('[CLK2] [IJ3] an interjection from before a jump back is spared: how long it has waited is not known', async ({
      scene,
    }) => {
      await scene.interject('one');
      scene.time -= HOUR;
      const second = await scene.accepted('two', { mode: 'interject' });
      expect(second.ended).toEqual([]);
      const third = await scene.accepted('three', { mode: 'interject' });
      expect(third.ended).toEqual([second.turn.id]);
    });
  });
}
