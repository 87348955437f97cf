import { v7 } from 'uuid';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startParley, type Parley } from '#tests/support/parley.ts';
import { correct, expectKept, holding, newAim, raced } from '#tests/support/races.ts';

/*
 * What is sent at the very moment at which something else happens, twenty times each with other offsets, before the eyes
 * of two viewers and a late one. What must hold after any of them is in tests/support/races.ts.
 */

// Twenty times take a second each on a machine that is busy with other things too.
vi.setConfig({ testTimeout: 180_000 });

let parley: Parley;
beforeAll(async () => {
  parley = await startParley();
});
afterAll(() => parley.close());

test('[IJ1] a Stop, then an interjection: one of them ends the turn, and the interjection is answered', () =>
  raced(
    { name: 'stop and interject', parley },
    async (scene) => {
      const { turnId } = await holding(parley, scene);
      const { user, other, conversationId, around, say } = scene;
      const interject = () => other.send(conversationId, say('steady tokens=4'), { mode: 'interject' });
      const [stopped, sent] = await around(20, () => user.stop(conversationId, turnId), interject);
      return { stopped, sent };
    },
    ({ line }, { stopped, sent }) => {
      expectKept(line, stopped);
      expect(sent.ended).toEqual(stopped.status === 'interrupted' ? [stopped.id] : []);
      expect(line.map(({ id, status }) => [id, status])).toEqual([
        [stopped.id, sent.ended.length > 0 ? 'interrupted' : 'stopped'],
        [sent.turnId, 'completed'],
      ]);
    },
  ));

test('[IJ1] [IJ2] three interjections within 100 ms: the last is answered, then what only waited', () =>
  raced(
    { name: 'three interjections', parley },
    async (scene) => {
      const first = await holding(parley, scene);
      const { user, other, conversationId, say, within, roll } = scene;
      const waiting = await user.send(conversationId, say('steady tokens=4'));
      const sending = [1, 2, 3].map(() => {
        const prompt = say(roll(2) === 0 ? 'steady tokens=30 rate=300' : 'slow-start firstMs=30 tokens=4');
        return within(100, () => [user, other][roll(2)]!.send(conversationId, prompt, { mode: 'interject' }));
      });
      return { first, waiting, sent: await Promise.all(sending) };
    },
    ({ line }, { first, waiting, sent }) => {
      const ids = line.map(({ id }) => id);
      expect(ids[0]).toBe(first.turnId);
      expect(ids[4]).toBe(waiting.turnId);
      expect(ids.slice(1, 4).toSorted()).toEqual(sent.map(({ turnId }) => turnId).toSorted());
      const orders = line.slice(1, 4).map(({ order }) => order);
      expect(orders).toEqual(orders.toSorted((a, b) => a - b));
      expect(line[3]!.status).toBe('completed');
      expect(line[4]!.status).toBe('completed');
      // A turn that had come to its own end was not ended by what came after it.
      const ended = sent.flatMap((one) => one.ended);
      for (const turn of line.slice(0, 3)) expect(ended.includes(turn.id)).toBe(turn.status === 'interrupted');
      expect(new Set(ended).size).toBe(ended.length);
    },
  ));

test('[IJ1] [IJ4] an interjection within 20 ms of the end: it cuts that turn or none, and is answered', () => {
  const aim = newAim();
  return raced(
    { name: 'interject at the end', parley },
    async (scene) => {
      const { prompt, turnId } = await holding(parley, scene);
      const { other, conversationId, around, say } = scene;
      const interject = () => other.send(conversationId, say('steady tokens=4'), { mode: 'interject' });
      const [, sent] = await around(20, () => parley.endpoint.release(prompt), interject, aim);
      correct(aim, sent.ended.length > 0);
      return { turnId, sent };
    },
    ({ line, callsOf }, { turnId, sent }) => {
      const isCut = sent.ended.length > 0;
      expect(sent.ended).toEqual(isCut ? [turnId] : []);
      expect(line.map(({ id, status }) => [id, status])).toEqual([
        [turnId, isCut ? 'interrupted' : 'completed'],
        [sent.turnId, 'completed'],
      ]);
      expect(callsOf(line[1]!.prompt)).toHaveLength(1);
    },
  );
});

test('[SEND1] two tabs send within 50 ms, in a new conversation or behind a turn: both are answered, once', () =>
  raced(
    { name: 'two tabs', parley },
    async (scene) => {
      const { user, other, conversationId, say, around, roll } = scene;
      const first = roll(2) === 0 ? await holding(parley, scene) : null;
      const [one, two] = await around(
        50,
        () => user.send(conversationId, say('steady tokens=4')),
        () => other.send(conversationId, say('steady tokens=4')),
      );
      if (first) await parley.endpoint.release(first.prompt);
      return { before: first ? [first.turnId] : [], sent: [one.turnId, two.turnId] };
    },
    ({ line, callsOf }, { before, sent }) => {
      const ids = line.map(({ id }) => id);
      expect(ids.slice(0, before.length)).toEqual(before);
      expect(ids.slice(before.length).toSorted()).toEqual(sent.toSorted());
      expect(line.map(({ order }) => order)).toEqual(line.map((_, at) => at + 1));
      for (const { prompt, status } of line) expect([status, callsOf(prompt).length]).toEqual(['completed', 1]);
    },
  ));

test('[SEND2] the same POST twenty times, at once and one after another: one turn, one answer, one call', () =>
  raced(
    { name: 'the same POST', parley },
    async (scene) => {
      const first = await holding(parley, scene);
      const { user, other, conversationId, say, roll } = scene;
      const [id, prompt, mode] = [v7(), say('steady tokens=4'), roll(2) === 0 ? 'interject' : 'queue'] as const;
      const post = (at: number) => [user, other][at % 2]!.send(conversationId, prompt, { id, mode });
      const answers = await Promise.all(Array.from({ length: 10 }, (_, at) => post(at)));
      for (let at = 0; at < 10; at++) answers.push(await post(at));
      await parley.endpoint.release(first.prompt);
      return { first, id, mode, answers };
    },
    ({ line, callsOf }, { first, id, mode, answers }) => {
      const ended = mode === 'interject' ? [first.turnId] : [];
      expect(answers).toEqual(answers.map(() => ({ turnId: id, ended })));
      expect(line.map((turn) => [turn.id, turn.status])).toEqual([
        [first.turnId, mode === 'interject' ? 'interrupted' : 'completed'],
        [id, 'completed'],
      ]);
      expect(callsOf(line[1]!.prompt)).toHaveLength(1);
    },
  ));
