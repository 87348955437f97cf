import { setTimeout as pause } from 'node:timers/promises';
import { v7 } from 'uuid';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startParley, type Parley } from '#tests/support/parley.ts';
import { correct, expectKept, holding, newAim, raced } from '#tests/support/races.ts';

/*
 * A Stop at the very moment at which something else happens, twenty times each with other offsets, before the eyes of two
 * viewers and a late one. What must hold after any of them is in tests/support/races.ts.
 */

// Twenty times take a second each on a machine that is busy with other things too.
vi.setConfig({ testTimeout: 180_000 });

let parley: Parley;
beforeAll(async () => {
  parley = await startParley();
});
afterAll(() => parley.close());

test('[ROW3] a Stop within 20 ms of the last token: completed or stopped, and what waits goes on', () => {
  const aim = newAim();
  return raced(
    { name: 'stop at the last token', parley },
    async (scene) => {
      const { prompt, turnId } = await holding(parley, scene);
      await scene.user.send(scene.conversationId, scene.say('steady tokens=4'));
      const stop = () => scene.other.stop(scene.conversationId, turnId);
      const [, answered] = await scene.around(20, () => parley.endpoint.release(prompt), stop, aim);
      correct(aim, answered.status === 'stopped');
      return answered;
    },
    ({ line }, answered) => {
      expect(['completed', 'stopped']).toContain(answered.status);
      expectKept(line, answered);
      expect(line[1]!.status).toBe('completed');
    },
  );
});

test('[STOP1] a Stop within 20 ms of the next try: stopped, whether the model was asked again or not', () => {
  const aim = newAim();
  return raced(
    { name: 'stop at the next try', parley },
    async ({ user, other, conversationId, say, around }) => {
      const prompt = say('break after=3 times=1 tokens=4000 rate=400');
      const { turnId } = await user.send(conversationId, prompt);
      const { retry } = await user.when(turnId, (turn) => turn.retry !== null);
      const due = () => pause(Math.max(0, Date.parse(retry!.at) - Date.now() - 20));
      const [, answered] = await around(20, due, () => due().then(() => other.stop(conversationId, turnId)), aim);
      correct(aim, (await parley.endpoint.callsOf(prompt)).length === 1);
      return answered;
    },
    ({ line, callsOf }, answered) => {
      expect(answered.status).toBe('stopped');
      expectKept(line, answered);
      for (const { endedBy } of callsOf(answered.prompt).slice(1)) expect(endedBy).toBe('client');
    },
  );
});

test('[STOP1] [STOP4] a Stop before the first token, sent before its turn, with it, or while it begins', () => {
  const aim = newAim();
  return raced(
    { name: 'stop before the first token', parley },
    async ({ user, other, conversationId, say, around }) => {
      const [id, prompt] = [v7(), say('gate-first')];
      const send = () => user.send(conversationId, prompt, { id });
      const [, answered] = await around(20, send, () => other.stop(conversationId, id), aim);
      correct(aim, answered.startedAt === null);
      return { id, answered };
    },
    ({ line }, { id, answered }) => {
      // One that came before its send answered for a turn whose prompt it could not know.
      expect(line.map((turn) => [turn.id, turn.status, turn.reply])).toEqual([[id, 'stopped', '']]);
      expect(answered).toMatchObject({ id, status: 'stopped', reply: '' });
    },
  );
});

test('[STOP3] a Stop in the pause before another try: no other call, and what waits goes on at once', () =>
  raced(
    { name: 'stop in the pause', parley },
    async ({ user, other, conversationId, say, within }) => {
      const { turnId } = await user.send(conversationId, say('fail status=503 retryAfter=25'));
      await user.send(conversationId, say('steady tokens=4'));
      await user.when(turnId, ({ retry }) => retry !== null);
      return within(100, () => other.stop(conversationId, turnId));
    },
    ({ line, callsOf }, answered) => {
      expectKept(line, answered);
      expect(line.map(({ status }) => status)).toEqual(['stopped', 'completed']);
      expect(callsOf(answered.prompt)).toHaveLength(1);
    },
  ));

test('[ROW3] a Stop twice, from two tabs: one end, and both are told the same', () =>
  raced(
    { name: 'stop twice', parley },
    async (scene) => {
      const { turnId } = await holding(parley, scene);
      const { user, other, conversationId, around } = scene;
      return around(
        5,
        () => user.stop(conversationId, turnId),
        () => other.stop(conversationId, turnId),
      );
    },
    ({ line }, [first, second]) => {
      expect(second).toEqual(first);
      expect(first.status).toBe('stopped');
      expectKept(line, first);
    },
  ));
