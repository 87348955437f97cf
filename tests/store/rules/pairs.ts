import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { proofOf } from '#lib/protocol/reply.ts';
import { finishStep, text, textEnd } from '#tests/protocol/events.ts';
import { fenceOf, type Attempt } from '../attempt.ts';
import type { Verbs } from '../remote.ts';
import type { Scene, StoreTest } from '../scene.ts';

/** How often each pair is let loose; every time in a new conversation, and one of the two a little later than before. */
const ROUNDS = 12;

/** One conversation of a round: a turn runs in it and has said `text`. */
type Round = { scene: Scene; to: string; id: string; attempt: Attempt };
/** Two verbs that are asked for at once, each through its own store, and what must hold of both answers. */
type Pair<A, B> = {
  name: string;
  one: (store: Verbs, round: Round) => Promise<A>;
  other: (store: Verbs, round: Round) => Promise<B>;
  holds: (one: A, other: B, round: Round) => Promise<void>;
};

const pair = <A, B>(made: Pair<A, B>) => made as Pair<unknown, unknown>;
const open = (store: Verbs, { id }: Round, fence = fenceOf({ attempt: 2 })) =>
  store.log.open({ turnId: id, step: 0, fence, taskToken: 't', owner: 'o', model: 'm' });
const append = (store: Verbs, { attempt }: Round, events = [text(' more')], seq = 4) =>
  store.log.append({ turnId: attempt.turnId, fence: attempt.fence, seq, events });
const complete = (store: Verbs, { attempt }: Round) =>
  store.log.append({
    turnId: attempt.turnId,
    fence: attempt.fence,
    seq: 4,
    events: [textEnd(), finishStep()],
    completes: { usage: { inputTokens: 1, outputTokens: 1 } },
  });
const send = (store: Verbs, { to }: Round, mode: 'queue' | 'interject' = 'queue', id: string = randomUUID()) =>
  store.submit(to, { id, prompt: `${mode} ${id}`, mode });
const idOf = (submitted: Awaited<ReturnType<typeof send>>) => {
  if (submitted.kind !== 'accepted') throw new Error(`refused: ${submitted.code}`);
  return submitted.turn.id;
};
const reply = async ({ scene, id }: Round) => (await scene.turn(id)).reply;

const PAIRS = [
  pair({
    name: '[LOG2] open of the next attempt, append of this one: it is in what was opened, or fenced',
    one: open,
    other: append,
    holds: async (opened, appended, round) => {
      const isIn = appended.kind === 'ok';
      expect(opened).toMatchObject({ kind: 'opened', reply: { seq: isIn ? 4 : 3 } });
      if (!isIn) expect(appended).toEqual({ kind: 'fenced' });
      expect(await reply(round)).toBe(isIn ? 'text more' : 'text');
    },
  }),
  pair({
    name: '[LOG2] open of two attempts: the later one holds the turn',
    one: (store, round) => open(store, round, fenceOf({ attempt: 3 })),
    other: open,
    holds: async (later, earlier, { scene, id }) => {
      expect(later.kind).toBe('opened');
      expect(['opened', 'fenced']).toContain(earlier.kind);
      const by = (attempt: number) =>
        scene.store.log.append({ turnId: id, fence: fenceOf({ attempt }), seq: 4, events: [text('!')] });
      expect(await by(2)).toEqual({ kind: 'fenced' });
      expect(await by(3)).toEqual({ kind: 'ok' });
    },
  }),
  pair({
    name: '[LOG3] the same append twice: once ok, once duplicate',
    one: append,
    other: append,
    holds: async (one, other, round) => {
      expect([one.kind, other.kind].sort()).toEqual(['duplicate', 'ok']);
      expect(await reply(round)).toBe('text more');
    },
  }),
  pair({
    name: '[LOG3] an append and the one after it: the later waits for the earlier',
    one: append,
    other: (store, round) => append(store, round, [text(' and more')], 5),
    holds: async (first, second, round) => {
      expect(first).toEqual({ kind: 'ok' });
      if (second.kind !== 'ok') expect(second).toEqual({ kind: 'gap', expected: 4 });
      expect(await reply(round)).toBe(second.kind === 'ok' ? 'text more and more' : 'text more');
    },
  }),
  pair({
    name: '[STOP1] append, Stop: the final record holds exactly what was taken',
    one: append,
    other: (store, { to, id }) => store.conversations.stop(to, id),
    holds: async (appended, stopped, { scene, id }) => {
      const whole = appended.kind === 'ok' ? 'text more' : 'text';
      if (appended.kind !== 'ok') expect(appended).toEqual({ kind: 'ended', outcome: 'stopped' });
      const turn = await scene.turn(id);
      expect(turn).toMatchObject({ status: 'stopped', reply: whole, proof: proofOf(turn.proof!.seq, whole) });
      expect(stopped?.turn).toMatchObject({ status: 'stopped', reply: whole, proof: turn.proof });
    },
  }),
  pair({
    name: '[ROW3] the completing append, Stop: one outcome, which both tell',
    one: complete,
    other: (store, { to, id }) => store.conversations.stop(to, id),
    holds: async (completed, stopped, { scene, id }) => {
      const { status } = await scene.turn(id);
      expect(stopped?.turn.status).toBe(status);
      expect(completed).toEqual(status === 'completed' ? { kind: 'ok' } : { kind: 'ended', outcome: 'stopped' });
      expect(stopped?.signal).toBe(status === 'stopped');
    },
  }),
  pair({
    name: '[LOG4] end, end: the same row for both',
    one: (store, { id }) => store.log.end(id, 'failed', { code: 'one', message: 'One.' }),
    other: (store, { id }) => store.log.end(id, 'stopped'),
    holds: async (one, other, { scene, id }) => {
      expect(one).toEqual(other);
      expect(one?.status).toBe((await scene.turn(id)).status);
    },
  }),
  pair({
    name: '[LOG10] a final failure, Stop: one outcome, and only the failure pauses',
    one: (store, { id, attempt }) =>
      store.log.fail({
        turnId: id,
        step: 0,
        fence: attempt.fence,
        callId: 'a',
        error: { code: 'wrong_key', message: 'The key was refused.' },
        pauses: true,
      }),
    other: (store, { to, id }) => store.conversations.stop(to, id),
    holds: async (failed, stopped, { scene, id, to }) => {
      const { status, error } = await scene.turn(id);
      expect(failed).toEqual({ kind: 'ended', outcome: status });
      expect(stopped?.turn.status).toBe(status);
      const { conversation } = await scene.store.snapshots.conversation(to, 0);
      expect([conversation.paused, error !== null]).toEqual([status === 'failed', status === 'failed']);
    },
  }),
  pair({
    name: '[STOP1] open, Stop: stopped either way, and nothing more is taken',
    one: open,
    other: (store, { to, id }) => store.conversations.stop(to, id),
    holds: async (opened, stopped, { scene, id }) => {
      expect(['opened', 'ended']).toContain(opened.kind);
      expect([stopped?.turn.status, (await scene.turn(id)).status]).toEqual(['stopped', 'stopped']);
      const late = { turnId: id, fence: fenceOf({ attempt: 2 }), seq: 4, events: [text('!')] };
      expect(await scene.store.log.append(late)).toEqual({ kind: 'ended', outcome: 'stopped' });
    },
  }),
  pair({
    name: '[SEND4] a send, the end of the running turn: it stands after that one, and is the next',
    one: (store, round) => send(store, round),
    other: (store, { id }) => store.log.end(id, 'failed'),
    holds: async (sent, _, { scene, id }) => {
      const turnId = idOf(sent);
      expect(await scene.turn(turnId)).toMatchObject({ parentId: id, status: 'queued' });
      expect((await scene.open(turnId)).kind).toBe('opened');
    },
  }),
  pair({
    name: '[IJ1] an interjection, the completing append: the turn is interrupted by it, or complete before it',
    one: (store, round) => send(store, round, 'interject'),
    other: complete,
    holds: async (sent, completed, { scene, id }) => {
      const { status, reply: said } = await scene.turn(id);
      const isComplete = completed.kind === 'ok';
      expect([status, said]).toEqual([isComplete ? 'completed' : 'interrupted', 'text']);
      expect(sent).toMatchObject({ kind: 'accepted', ended: isComplete ? [] : [id], turn: { parentId: id } });
      expect((await scene.open(idOf(sent))).kind).toBe('opened');
    },
  }),
  pair({
    name: '[IJ1] two interjections: one ends the running turn, the other the first one',
    one: (store, round) => send(store, round, 'interject'),
    other: (store, round) => send(store, round, 'interject'),
    holds: async (one, other, { scene, id, to }) => {
      if (one.kind !== 'accepted' || other.kind !== 'accepted') throw new Error('refused');
      const [first, second] = one.ended.includes(id) ? [one, other] : [other, one];
      expect([first.ended, second.ended]).toEqual([[id], [first.turn.id]]);
      expect((await scene.turn(first.turn.id)).status).toBe('interrupted');
      expect(await scene.line(to)).toEqual(['first', first.turn.prompt, second.turn.prompt]);
      expect((await scene.open(second.turn.id)).kind).toBe('opened');
    },
  }),
  pair({
    name: '[SEND1] two sends: one line, each with a place of its own',
    one: (store, round) => send(store, round),
    other: (store, round) => send(store, round),
    holds: async (one, other, { scene, to }) => {
      const [first, second] = (await Promise.all([one, other].map((sent) => scene.turn(idOf(sent))))).sort(
        (a, b) => a.order - b.order,
      );
      expect(second).toMatchObject({ parentId: first!.id, rev: first!.rev + 1 });
      expect(await scene.line(to)).toEqual(['first', first!.prompt, second!.prompt]);
    },
  }),
  pair({
    name: '[STOP4] a send, its own Stop: stopped, whichever came first',
    one: (store, round) => send(store, round, 'queue', round.to.replace(/^./, 'a')),
    other: (store, { to }) => store.conversations.stop(to, to.replace(/^./, 'a')),
    holds: async (sent, stopped, { scene }) => {
      const turn = await scene.turn(idOf(sent));
      expect([turn.status, stopped?.turn.status]).toEqual(['stopped', 'stopped']);
      expect((await scene.open(turn.id)).kind).toBe('ended');
    },
  }),
  pair({
    name: '[DEL1] a send, the deletion: refused, or stopped with the rest',
    one: (store, round) => send(store, round),
    other: (store, { to }) => store.conversations.delete(to),
    holds: async (sent, deleted, { scene, id }) => {
      expect(deleted).toBe(true);
      const ids = sent.kind === 'accepted' ? [id, sent.turn.id] : [id];
      if (sent.kind === 'refused') expect(sent.code).toBe('deleted');
      for (const turnId of ids) expect((await scene.turn(turnId)).status).toBe('stopped');
    },
  }),
  pair({
    name: '[DEL1] append, the deletion: what was taken is in the record',
    one: append,
    other: (store, { to }) => store.conversations.delete(to),
    holds: async (appended, deleted, { scene, id }) => {
      expect(deleted).toBe(true);
      expect(await scene.turn(id)).toMatchObject({
        status: 'stopped',
        reply: appended.kind === 'ok' ? 'text more' : 'text',
      });
    },
  }),
];

/** Whoever is asked first, here or there; and the other as soon as the first is under way, or has done most of it. */
async function letLoose(made: Pair<unknown, unknown>, scene: Scene, there: Verbs): Promise<void> {
  for (let n = 0; n < ROUNDS; n++) {
    const to = randomUUID();
    const round = { scene, to, ...(await scene.running('first', 'text', { to })) };
    const [here, away] = n % 2 ? [scene.store, there] : [there, scene.store];
    const asked: Promise<unknown>[] = [];
    for (const which of n & 2 ? [1, 0] : [0, 1]) {
      asked[which] = which === 0 ? made.one(here, round) : made.other(away, round);
      for (let wait = 0; wait < n; wait++) await setImmediate();
    }
    const [one, other] = await Promise.all(asked);
    try {
      await made.holds(one, other, round);
    } catch (cause) {
      throw new Error(`${made.name}\n${JSON.stringify({ one, other })}`, { cause });
    }
  }
}

export function pairRules(test: StoreTest): void {
  describe('at once, through two connections', () => {
    for (const made of PAIRS) {
      test(made.name, ({ scene }) => letLoose(made, scene, scene.connect()));
    }
  });

  describe('at once, through two processes', () => {
    test('[LOG1] [LOG2] [LOG3] [LOG4] [ROW3] [IJ1] [STOP1] [SEND1] [DEL1] every pair holds', async ({ scene }) => {
      const there = await scene.remote();
      for (const made of PAIRS) await letLoose(made, scene, there);
    });

    test('[DEL2] the sweep, a restore at the last moment: erased or whole, never half', async ({ scene }) => {
      const there = await scene.remote();
      for (let n = 0; n < ROUNDS; n++) {
        const to = randomUUID();
        const { id, attempt } = await scene.running('first', 'text', { to });
        await attempt.finish();
        await scene.store.conversations.delete(to);
        scene.time += 30_000;
        const restored = there.conversations.restore(to);
        scene.time += n % 2;
        const [row] = await Promise.all([restored, scene.store.outbox.sweep()]);
        const turn = await scene.store.turn(id);
        if (row === 'too-late') expect(turn).toBeNull();
        else expect([row, turn]).toMatchObject([{ deleted: false }, { reply: 'text', status: 'completed' }]);
      }
    });
  });
}
