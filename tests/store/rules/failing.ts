import { describe, expect } from 'vitest';
import { finishStep } from '#tests/protocol/events.ts';
import { fenceOf, type Attempt } from '../attempt.ts';
import type { Scene, StoreTest } from '../scene.ts';

const overloaded = { code: 'overloaded', message: 'The provider is overloaded.' };

type Failing = { callId: string; pauses?: boolean; final?: boolean };

const fail = (scene: Scene, { turnId, fence }: Attempt, { callId, pauses, final }: Failing) =>
  scene.store.log.fail({
    turnId,
    step: fence.step,
    fence,
    callId,
    error: overloaded,
    ...(!final && { retryAt: scene.time + 2_000 }),
    ...(pauses && { pauses }),
  });

export function failingRules(test: StoreTest): void {
  describe('fail', () => {
    test('[LOG10] the third try of a step ends the turn as failed, with its text', async ({ scene }) => {
      const { id, attempt } = await scene.running('hello', 'partial');
      expect(await fail(scene, attempt, { callId: 'a' })).toEqual({ kind: 'again', tries: 1 });
      expect(await fail(scene, attempt, { callId: 'b' })).toEqual({ kind: 'again', tries: 2 });
      expect(await fail(scene, attempt, { callId: 'c' })).toEqual({ kind: 'ended', outcome: 'failed' });
      expect(await scene.turn(id)).toMatchObject({
        status: 'failed',
        reply: 'partial',
        error: overloaded,
        retry: null,
      });
    });

    test('[LOG10] a call counts once, however often its failure is told', async ({ scene }) => {
      const { id, attempt } = await scene.running('hello');
      for (let n = 0; n < 5; n++) {
        expect(await fail(scene, attempt, { callId: 'a' })).toEqual({ kind: 'again', tries: 1 });
      }
      expect((await scene.turn(id)).status).toBe('running');
    });

    test('[LOG10] tries count over attempts', async ({ scene }) => {
      const { id, attempt } = await scene.running('hello');
      await fail(scene, attempt, { callId: 'a' });
      const second = await scene.begin(id, fenceOf({ attempt: 2 }));
      expect(await fail(scene, second, { callId: 'b' })).toEqual({ kind: 'again', tries: 2 });
      const third = await scene.begin(id, fenceOf({ runId: 'run-2', runStartedAt: 9_000 }));
      expect(await fail(scene, third, { callId: 'c' })).toEqual({ kind: 'ended', outcome: 'failed' });
    });

    test('[LOG10] tries count per step', async ({ scene }) => {
      const { id, attempt } = await scene.running('hello', 'let me look');
      await fail(scene, attempt, { callId: 'a' });
      await fail(scene, attempt, { callId: 'b' });
      await attempt.write(finishStep(0, ['call-1']));
      const next = await scene.begin(id, fenceOf({ step: 1, activity: 2 }));
      expect(await fail(scene, next, { callId: 'c' })).toEqual({ kind: 'again', tries: 1 });
    });

    test('[LOG10] a final failure ends the turn at once, told twice as told once', async ({ scene }) => {
      const { id, attempt } = await scene.running('hello', 'partial');
      const answer = { kind: 'ended', outcome: 'failed' };
      expect(await fail(scene, attempt, { callId: 'a', final: true })).toEqual(answer);
      const turn = await scene.turn(id);
      expect(turn).toMatchObject({ status: 'failed', error: overloaded, reply: 'partial' });
      expect(await fail(scene, attempt, { callId: 'a', final: true })).toEqual(answer);
      expect(await scene.turn(id)).toEqual(turn);
    });

    test('[LOG10] a zombie’s failure is no try, ends nothing and pauses nothing', async ({ scene }) => {
      const { id, attempt: zombie } = await scene.running('hello');
      const holder = await scene.begin(id, fenceOf({ attempt: 2 }));
      expect(await fail(scene, zombie, { callId: 'a' })).toEqual({ kind: 'fenced' });
      expect(await fail(scene, zombie, { callId: 'b', final: true, pauses: true })).toEqual({ kind: 'fenced' });
      const { conversation } = await scene.store.snapshots.conversation(scene.conversationId, 0);
      expect(conversation.paused).toBe(false);
      expect(await fail(scene, holder, { callId: 'c' })).toEqual({ kind: 'again', tries: 1 });
    });

    test('[ROW3] a failure of a turn that was stopped changes nothing', async ({ scene }) => {
      const { id, attempt } = await scene.running('hello', 'text');
      await scene.store.conversations.stop(scene.conversationId, id);
      const answer = await fail(scene, attempt, { callId: 'a', final: true, pauses: true });
      expect(answer).toEqual({ kind: 'ended', outcome: 'stopped' });
      expect(await scene.turn(id)).toMatchObject({ status: 'stopped', error: null });
      const { conversation } = await scene.store.snapshots.conversation(scene.conversationId, 0);
      expect(conversation.paused).toBe(false);
    });

    test('[LOG10] the row says why it waits and until when, and viewers are told', async ({ scene }) => {
      const { id, attempt } = await scene.running('hello');
      const before = await scene.rev();
      await fail(scene, attempt, { callId: 'a' });
      const retry = { ...overloaded, at: new Date(scene.time + 2_000).toISOString(), tries: 1 };
      expect(await scene.turn(id)).toMatchObject({ status: 'running', retry, rev: before + 1 });
      const changed = await scene.store.snapshots.changesSince(scene.conversationId, before);
      expect(changed?.turns).toEqual([expect.objectContaining({ id, retry })]);
    });

    test('[LOG10] a turn that ends well after a failed try shows no failure', async ({ scene }) => {
      const { id, attempt } = await scene.running('hello');
      await fail(scene, attempt, { callId: 'a' });
      const second = await scene.begin(id, fenceOf({ attempt: 2 }));
      await second.say('there');
      await second.finish();
      expect(await scene.turn(id)).toMatchObject({ status: 'completed', error: null, retry: null });
    });
  });

  describe('pause', () => {
    const pause = async (scene: Scene) => {
      const { id, attempt } = await scene.running('refused');
      await fail(scene, attempt, { callId: 'a', final: true, pauses: true });
      return id;
    };
    const isPaused = async (scene: Scene) =>
      (await scene.store.snapshots.conversation(scene.conversationId, 0)).conversation.paused;

    test('[ACT8] a failure that pauses is failed and paused in one', async ({ scene }) => {
      const { attempt } = await scene.running('refused');
      const before = await scene.rev();
      await fail(scene, attempt, { callId: 'a', final: true, pauses: true });
      const changed = await scene.store.snapshots.changesSince(scene.conversationId, before);
      expect(changed).toMatchObject({ to: before + 1, conversation: { paused: true }, turns: [{ status: 'failed' }] });
    });

    test('[ACT8] after any other failure the queue goes on', async ({ scene }) => {
      const { attempt } = await scene.running('first');
      const second = await scene.send('second');
      await fail(scene, attempt, { callId: 'a', final: true });
      expect(await isPaused(scene)).toBe(false);
      expect((await scene.open(second)).kind).toBe('opened');
    });

    test('[SEND5] a new send clears the pause', async ({ scene }) => {
      await pause(scene);
      const next = await scene.send('again');
      expect(await isPaused(scene)).toBe(false);
      expect((await scene.open(next)).kind).toBe('opened');
    });

    test('[SEND5] the same POST again does not clear it', async ({ scene }) => {
      const { attempt } = await scene.running('refused');
      const id = await scene.send('waits');
      await fail(scene, attempt, { callId: 'a', final: true, pauses: true });
      await scene.accepted('waits', { id });
      expect(await isPaused(scene)).toBe(true);
      expect(await scene.open(id)).toEqual({ kind: 'paused' });
    });

    test('[SEND5] a send that its Stop overtook does not clear it', async ({ scene }) => {
      await pause(scene);
      const id = crypto.randomUUID();
      await scene.store.conversations.stop(scene.conversationId, id);
      await scene.accepted('too late', { id });
      expect(await isPaused(scene)).toBe(true);
    });

    test('[SEND5] a send that is refused does not clear it', async ({ scene }) => {
      await pause(scene);
      expect(await scene.submit('bad', { parentId: crypto.randomUUID() })).toMatchObject({ kind: 'refused' });
      expect(await isPaused(scene)).toBe(true);
    });

    test('[ACT8] the outbox leaves a paused conversation to its user', async ({ scene }) => {
      const { attempt } = await scene.running('refused');
      await scene.send('waits');
      await fail(scene, attempt, { callId: 'a', final: true, pauses: true });
      scene.time += 600_000;
      expect(await scene.store.outbox.dueSignals()).toEqual([]);
      expect(await isPaused(scene)).toBe(true);
    });
  });
}
