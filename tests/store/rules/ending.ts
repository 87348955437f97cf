import { randomUUID } from 'node:crypto';
import { describe, expect } from 'vitest';
import { proofOf } from '#lib/protocol/reply.ts';
import type { Outcome } from '#lib/protocol/turn.ts';
import { text, textEnd, textStart } from '#tests/protocol/events.ts';
import type { StoreTest } from '../scene.ts';

const OUTCOMES: Outcome[] = ['completed', 'stopped', 'interrupted', 'failed'];

export function endingRules(test: StoreTest): void {
  describe('end', () => {
    test('[ROW3] the first outcome stands for ever', async ({ scene }) => {
      for (const first of OUTCOMES) {
        const { id } = await scene.running(`will be ${first}`, 'text');
        const row = await scene.store.log.end(id, first);
        const turn = await scene.turn(id);
        expect(row).toMatchObject({ id, status: first });
        scene.time += 1_000;
        for (const later of OUTCOMES) {
          expect(await scene.store.log.end(id, later, { code: 'late', message: 'Too late.' })).toEqual(row);
          expect(await scene.turn(id)).toEqual(turn);
        }
      }
    });

    test('[LOG4] end carries the proof: the last seq, length and checksum of the text', async ({ scene }) => {
      const { id, attempt } = await scene.running('hello', 'e\u0301 👍🏿');
      await attempt.write(textEnd(), textStart('1'), text('second', '1'));
      const row = await scene.store.log.end(id, 'stopped');
      expect(row?.proof).toEqual(proofOf(6, 'e\u0301 👍🏿\n\nsecond'));
      expect(row?.proof).toMatchObject({ seq: 6, length: 'e\u0301 👍🏿\n\nsecond'.length });
      expect((await scene.turn(id)).reply).toBe('e\u0301 👍🏿\n\nsecond');
    });

    test('[LOG4] a turn that ends without text has the proof of no text', async ({ scene }) => {
      const id = await scene.send('hello');
      const row = await scene.store.log.end(id, 'failed', { code: 'gone', message: 'It is gone.' });
      expect(row).toMatchObject({
        status: 'failed',
        error: { code: 'gone', message: 'It is gone.' },
        startedAt: null,
        endedAt: new Date(scene.time).toISOString(),
        proof: proofOf(0, ''),
      });
    });

    test('[ROW1] the end moves the rev by one, a second end moves nothing', async ({ scene }) => {
      const { id } = await scene.running('hello', 'text');
      const before = await scene.rev();
      await scene.store.log.end(id, 'stopped');
      expect([await scene.rev(), (await scene.turn(id)).rev]).toEqual([before + 1, before + 1]);
      await scene.store.log.end(id, 'completed');
      expect(await scene.rev()).toBe(before + 1);
    });

    test('[LOG4] the end of a turn that is not there is null', async ({ scene }) => {
      expect(await scene.store.log.end(randomUUID(), 'stopped')).toBeNull();
    });

    test('[STOP3] what waits behind an ended turn goes on', async ({ scene }) => {
      const { id } = await scene.running('first');
      const second = await scene.send('second');
      await scene.store.log.end(id, 'failed');
      expect((await scene.open(second)).kind).toBe('opened');
    });

    test('[STOP2] one look tells which turns of many have ended, or are no more', async ({ scene }) => {
      const ended = await scene.completed('first');
      const { id: running } = await scene.running('second');
      const waiting = await scene.send('third');
      const unknown = randomUUID();
      const among = await scene.store.log.endedAmong([ended, running, waiting, unknown]);
      expect(among.get(ended)).toBe('completed');
      expect([among.has(running), among.has(waiting), among.has(unknown)]).toEqual([false, false, true]);
      expect(await scene.store.log.endedAmong([])).toEqual(new Map());
    });

    test('[CTX3] the holder notes how many turns were left out, nobody else does', async ({ scene }) => {
      const { id, attempt } = await scene.running('hello');
      await scene.store.log.noteOmitted(id, attempt.fence, 4);
      await scene.store.log.noteOmitted(id, { ...attempt.fence, attempt: 2 }, 9);
      expect((await scene.turn(id)).omittedTurns).toBe(4);
    });
  });
}
