import { describe, expect } from 'vitest';
import type { Fence } from '#lib/protocol/fence.ts';
import { text } from '#tests/protocol/events.ts';
import { fenceOf } from '../attempt.ts';
import type { StoreTest } from '../scene.ts';

/** Which of two attempts is the later one, and why. */
const PAIRS: [string, older: Fence, newer: Fence][] = [
  ['attempt', fenceOf({ attempt: 1 }), fenceOf({ attempt: 2 })],
  ['activity before attempt', fenceOf({ activity: 1, attempt: 7 }), fenceOf({ activity: 2, attempt: 1 })],
  [
    'step across runs, before the start',
    fenceOf({ runId: 'b', runStartedAt: 9_000, step: 0, activity: 8 }),
    fenceOf({ runId: 'a', runStartedAt: 1_000, step: 1, activity: 1 }),
  ],
  [
    'the run’s start across runs, before activity and attempt',
    fenceOf({ runId: 'b', runStartedAt: 1_000, activity: 8, attempt: 8 }),
    fenceOf({ runId: 'a', runStartedAt: 9_000, activity: 1, attempt: 1 }),
  ],
];

export function fencingRules(test: StoreTest): void {
  describe('fence', () => {
    for (const [what, older, newer] of PAIRS) {
      test(`[LOG2] the later attempt by ${what} takes the turn, the older one is fenced`, async ({ scene }) => {
        const id = await scene.send('hello');
        const first = await scene.begin(id, older);
        await first.say('one');
        const second = await scene.begin(id, newer);
        expect(second.openedText).toBe('one');
        expect(await first.append([text(' zombie')])).toEqual({ kind: 'fenced' });
        expect(await scene.open(id, older)).toEqual({ kind: 'fenced' });
        await second.say(' two');
        expect((await scene.turn(id)).reply).toBe(newer.step === older.step ? 'one two' : 'one\n\n two');
      });
    }

    test('[LOG2] an append needs the very fence of the last open, not merely a later one', async ({ scene }) => {
      const { id, attempt } = await scene.running('hello', 'one');
      for (const over of [{ attempt: 2 }, { activity: 2 }, { runId: 'run-2', runStartedAt: 9_000 }]) {
        const answer = await scene.store.log.append({
          turnId: id,
          fence: fenceOf(over),
          seq: attempt.seq + 1,
          events: [text('x')],
        });
        expect(answer).toEqual({ kind: 'fenced' });
      }
      await attempt.say(' two');
      expect((await scene.turn(id)).reply).toBe('one two');
    });

    test('[LOG2] a turn that nobody has opened takes no append', async ({ scene }) => {
      const id = await scene.send('hello');
      const answer = await scene.store.log.append({ turnId: id, fence: fenceOf(), seq: 1, events: [text('x')] });
      expect(answer).toEqual({ kind: 'fenced' });
      expect((await scene.turn(id)).status).toBe('queued');
    });

    test('[LOG9] a fence of another run lapses when its turn has been silent for 30 s', async ({ scene }) => {
      const { id, attempt } = await scene.running('hello', 'one');
      const clockWentBack = fenceOf({ runId: 'run-2', runStartedAt: 500 });
      scene.time += 29_999;
      expect(await scene.open(id, clockWentBack)).toEqual({ kind: 'fenced' });
      scene.time += 2;
      const next = await scene.begin(id, clockWentBack);
      expect(await attempt.append([text('zombie')])).toEqual({ kind: 'fenced' });
      await next.say(' two');
      expect((await scene.turn(id)).reply).toBe('one two');
    });

    test('[LOG9] a fence of the same run never lapses', async ({ scene }) => {
      const { id } = await scene.running('hello');
      const second = await scene.begin(id, fenceOf({ attempt: 2 }));
      scene.time += 3_600_000;
      expect(await scene.open(id, fenceOf({ attempt: 1 }))).toEqual({ kind: 'fenced' });
      await second.say('still mine');
    });

    test('[LOG9] the holder’s appends and its sign of life keep the fence', async ({ scene }) => {
      const { id, attempt } = await scene.running('hello', 'one');
      const other = fenceOf({ runId: 'run-2', runStartedAt: 500 });
      scene.time += 20_000;
      await attempt.say(' two');
      scene.time += 20_000;
      expect(await scene.open(id, other)).toEqual({ kind: 'fenced' });
      await scene.store.log.keepAlive([{ turnId: id, fence: attempt.fence }]);
      scene.time += 20_000;
      expect(await scene.open(id, other)).toEqual({ kind: 'fenced' });
    });

    test('[LOG9] the holder is known by its fence’s values, not by how they are written', async ({ scene }) => {
      const { id, attempt } = await scene.running('hello', 'one');
      const { runId, runStartedAt, step, activity, attempt: number } = attempt.fence;
      scene.time += 20_000;
      await scene.store.log.keepAlive([
        { turnId: id, fence: { attempt: number, activity, step, runStartedAt, runId } },
      ]);
      scene.time += 20_000;
      expect(await scene.open(id, fenceOf({ runId: 'run-2', runStartedAt: 500 }))).toEqual({ kind: 'fenced' });
    });

    test('[LOG9] nobody but the holder moves the sign of life', async ({ scene }) => {
      const { id, attempt } = await scene.running('hello', 'one');
      const other = fenceOf({ runId: 'run-2', runStartedAt: 500 });
      scene.time += 20_000;
      await scene.store.log.keepAlive([{ turnId: id, fence: other }]);
      await scene.store.log.keepAlive([{ turnId: id, fence: fenceOf({ attempt: 9 }) }]);
      await scene.store.log.append({ turnId: id, fence: other, seq: attempt.seq + 1, events: [text('x')] });
      expect(await scene.open(id, other)).toEqual({ kind: 'fenced' });
      expect(await scene.open(id, fenceOf({ attempt: 9 }), other)).toEqual({ kind: 'lost' });
      scene.time += 10_001;
      expect((await scene.open(id, other)).kind).toBe('opened');
    });

    test('[ACT6] an attempt adopts the stream whose fence is the turn’s: nothing is reset', async ({ scene }) => {
      const { id, attempt } = await scene.running('hello', 'one');
      const next = await scene.begin(id, fenceOf({ attempt: 2 }), attempt.fence);
      expect([next.seq, next.openedText]).toEqual([attempt.seq, 'one']);
      expect(await attempt.append([text(' two')])).toEqual({ kind: 'fenced' });
      await next.say(' two');
      expect((await scene.turn(id)).reply).toBe('one two');
    });

    test('[ACT6] an adoption whose answer was lost is answered again', async ({ scene }) => {
      const { id, attempt } = await scene.running('hello', 'one');
      await scene.begin(id, fenceOf({ attempt: 2 }), attempt.fence);
      const again = await scene.begin(id, fenceOf({ attempt: 2 }), attempt.fence);
      expect(again.openedText).toBe('one');
    });

    test('[ACT6] lost: the turn’s fence is no longer the stream’s, and stays as it is', async ({ scene }) => {
      const { id, attempt: stale } = await scene.running('hello', 'one');
      const holder = await scene.begin(id, fenceOf({ attempt: 2 }));
      expect(await scene.open(id, fenceOf({ attempt: 3 }), stale.fence)).toEqual({ kind: 'lost' });
      await holder.say(' two');
      expect((await scene.turn(id)).reply).toBe('one two');
      const plain = await scene.begin(id, fenceOf({ attempt: 3 }));
      expect(plain.openedText).toBe('one two');
    });
  });
}
