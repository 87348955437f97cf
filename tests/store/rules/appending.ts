import { randomUUID } from 'node:crypto';
import { describe, expect } from 'vitest';
import { proofOf } from '#lib/protocol/reply.ts';
import {
  finishStep,
  reasoning,
  reasoningStart,
  resetStep,
  startStep,
  text,
  textStart,
} from '#tests/protocol/events.ts';
import { fenceOf } from '../attempt.ts';
import type { StoreTest } from '../scene.ts';

export function appendingRules(test: StoreTest): void {
  describe('append', () => {
    test('[LOG3] ok at the next seq, duplicate below it, gap above it; only ok changes the text', async ({ scene }) => {
      const { id, attempt } = await scene.running('hello', 'one');
      const retried = [text(' two'), text(' three')];
      expect(await attempt.append(retried, 4)).toEqual({ kind: 'ok' });
      expect(await attempt.append(retried, 4)).toEqual({ kind: 'duplicate' });
      expect(await attempt.append([text(' nine')], 7)).toEqual({ kind: 'gap', expected: 6 });
      expect(await attempt.append([text(' four')], 6)).toEqual({ kind: 'ok' });
      expect(await scene.turn(id)).toMatchObject({ status: 'running', reply: 'one two three four' });
    });

    test('[LOG6] the resets of a step are known after a fold too, to the next attempt and to viewers', async ({
      scene,
    }) => {
      const { id, attempt } = await scene.running('hello', 'dropped');
      await attempt.write(resetStep(), textStart());
      for (let n = 0; n < 30; n++) await attempt.say(...Array.from({ length: 10 }, (_, k) => ` ${n}.${k}`));
      await attempt.write(resetStep(), textStart(), text('kept'));
      const { live } = await scene.store.snapshots.conversation(scene.conversationId, 0);
      expect(live).toMatchObject({ reply: { resets: 2 } });
      const next = await scene.begin(id, fenceOf({ attempt: 2 }));
      expect(next.opened.resets).toBe(2);
      expect(next.openedText).toBe('kept');
    });

    test('[LOG3] the first event has seq 1', async ({ scene }) => {
      const { attempt } = await scene.running('hello');
      expect(await attempt.append([startStep()], 2)).toEqual({ kind: 'gap', expected: 1 });
      expect(await attempt.append([startStep()], 1)).toEqual({ kind: 'ok' });
    });

    test('[LOG3] an append that completes ends the turn with usage and proof', async ({ scene }) => {
      const { id, attempt } = await scene.running('hello', 'Grüße 👨‍👩‍👧‍👦');
      scene.time += 500;
      await attempt.finish();
      expect(await scene.turn(id)).toMatchObject({
        status: 'completed',
        reply: 'Grüße 👨‍👩‍👧‍👦',
        usage: { inputTokens: 3, outputTokens: 5 },
        proof: proofOf(5, 'Grüße 👨‍👩‍👧‍👦'),
        endedAt: new Date(scene.time).toISOString(),
        error: null,
        retry: null,
      });
    });

    test('[LOG3] a completing append whose answer was lost is told that the turn is completed', async ({ scene }) => {
      const { attempt } = await scene.running('hello', 'one');
      await attempt.finish();
      expect(await attempt.complete()).toEqual({ kind: 'ended', outcome: 'completed' });
    });

    test('[STOP1] no append succeeds after a Stop, not even the completing one', async ({ scene }) => {
      const { id, attempt } = await scene.running('hello', 'one');
      await scene.store.conversations.stop(scene.conversationId, id);
      const stopped = { kind: 'ended', outcome: 'stopped' };
      expect(await attempt.append([text(' two')])).toEqual(stopped);
      expect(await attempt.complete()).toEqual(stopped);
      expect(await scene.turn(id)).toMatchObject({ status: 'stopped', reply: 'one', usage: null });
    });

    test('[LOG2] a fenced append that would complete completes nothing', async ({ scene }) => {
      const { id, attempt: zombie } = await scene.running('hello', 'one');
      await scene.begin(id, fenceOf({ attempt: 2 }));
      expect(await zombie.complete()).toEqual({ kind: 'fenced' });
      expect((await scene.turn(id)).status).toBe('running');
    });

    test('[LOG2] [LOG3] ended goes before fenced, fenced before duplicate and gap', async ({ scene }) => {
      const { id, attempt: zombie } = await scene.running('hello', 'one');
      const holder = await scene.begin(id, fenceOf({ attempt: 2 }));
      for (const seq of [2, 4, 9]) expect(await zombie.append([text('!')], seq)).toEqual({ kind: 'fenced' });
      expect(await holder.append([text('!')], 2)).toEqual({ kind: 'duplicate' });
      await scene.store.log.end(id, 'failed');
      for (const attempt of [zombie, holder]) {
        for (const seq of [2, 4, 9]) {
          expect(await attempt.append([text('!')], seq)).toEqual({ kind: 'ended', outcome: 'failed' });
        }
      }
      expect((await scene.turn(id)).reply).toBe('one');
    });

    test('[LOG3] a turn that is not there, or no longer, has ended', async ({ scene }) => {
      const turnId = randomUUID();
      const ended = { kind: 'ended', outcome: 'stopped' };
      const fence = fenceOf();
      const { log } = scene.store;
      expect(await scene.open(turnId)).toEqual(ended);
      expect(await log.append({ turnId, fence, seq: 1, events: [startStep()] })).toEqual(ended);
      const failure = { turnId, step: 0, fence, callId: 'a', error: { code: 'gone', message: 'It is gone.' } };
      expect(await log.fail(failure)).toEqual(ended);
      await log.keepAlive([{ turnId, fence }]);
      expect(await scene.store.turn(turnId)).toBeNull();
    });

    test('[LOG3] a completing append above the next seq completes nothing', async ({ scene }) => {
      const { id, attempt } = await scene.running('hello', 'one');
      attempt.seq += 1;
      expect(await attempt.complete()).toEqual({ kind: 'gap', expected: 4 });
      expect((await scene.turn(id)).status).toBe('running');
    });

    test('[ROW1] a plain append moves no rev, the one that ends the turn moves it by one', async ({ scene }) => {
      const { id, attempt } = await scene.running('hello');
      const before = await scene.rev();
      await attempt.say('one', ' two');
      expect(await scene.rev()).toBe(before);
      await attempt.finish();
      expect([await scene.rev(), (await scene.turn(id)).rev]).toEqual([before + 1, before + 1]);
    });

    test('[LOG3] a long reply is whole while it runs, for the next attempt and at its end', async ({ scene }) => {
      const { id, attempt } = await scene.running('hello', 'begin');
      const words = Array.from({ length: 950 }, (_, n) => ` w${n} 🙂`);
      for (let at = 0; at < words.length; at += 19) await attempt.say(...words.slice(at, at + 19));
      const whole = `begin${words.join('')}`;
      expect((await scene.turn(id)).reply).toBe(whole);
      const next = await scene.begin(id, fenceOf({ attempt: 2 }));
      expect([next.seq, next.openedText]).toEqual([953, whole]);
      expect(await next.append([text(' old')], 100)).toEqual({ kind: 'duplicate' });
      expect(await next.append([text(' far')], 955)).toEqual({ kind: 'gap', expected: 954 });
      await next.finish();
      expect(await scene.turn(id)).toMatchObject({ reply: whole, proof: proofOf(955, whole) });
    });

    test('[LOG6] a second attempt resets its own step and keeps the steps before', async ({ scene }) => {
      const { id, attempt } = await scene.running('hello', 'let me look');
      await attempt.write(finishStep(0, ['call-1']));
      const first = await scene.begin(id, fenceOf({ step: 1, activity: 2 }));
      await first.write(startStep(1), textStart('0', 1), text('I fou', '0', 1));
      const second = await scene.begin(id, fenceOf({ step: 1, activity: 2, attempt: 2 }));
      expect(second.opened.steps).toHaveLength(2);
      await second.write(resetStep(1), textStart('0', 1), text('Found', '0', 1));
      expect((await scene.turn(id)).reply).toBe('let me look\n\nFound');
      await second.finish();
      expect((await scene.turn(id)).reply).toBe('let me look\n\nFound');
    });

    test('[LOG7] an end closes what is unfinished', async ({ scene }) => {
      const { id, attempt } = await scene.running('hello');
      await attempt.write(startStep(), reasoningStart('r'), reasoning('hm', 'r'), textStart('t'), text('Wel', 't'));
      await scene.store.conversations.stop(scene.conversationId, id);
      const { parts, reply } = await scene.turn(id);
      expect(reply).toBe('Wel');
      expect(parts).toContainEqual(expect.objectContaining({ type: 'reasoning', text: 'hm', state: 'done' }));
      expect(parts).toContainEqual(expect.objectContaining({ type: 'text', text: 'Wel', state: 'done' }));
    });
  });
}
