import { randomUUID } from 'node:crypto';
import { describe, expect } from 'vitest';
import { proofOf } from '#lib/protocol/reply.ts';
import type { Store } from '#lib/store/store.ts';
import { finishStep, text, textEnd } from '#tests/protocol/events.ts';
import { fenceOf, type Attempt } from '../attempt.ts';
import type { Verbs } from '../remote.ts';
import type { Scene, StoreTest } from '../scene.ts';

/** Conversations of one kill: the same verb is asked for in each, and the process dies in the midst of them. */
const MANY = 30;
/** It dies when so many are answered. */
const ANSWERED = 8;

type Place = { to: string; id: string; next: string; attempt: Attempt };
/** A verb that writes several rows, and what it has left when all, or nothing, of it was done. */
type Whole = {
  name: string;
  verb: (store: Verbs, place: Place) => Promise<unknown>;
  done: (found: Found) => void;
  undone: (found: Found) => void;
  /** Tells the two apart by one of the rows. */
  isDone: (found: Found) => boolean;
};
type Found = Awaited<ReturnType<typeof lookAt>>;

async function lookAt(store: Store, { to, id, next }: Place) {
  const answer = await store.snapshots.conversation(to, 0);
  const [turn, sent] = [(await store.turn(id))!, await store.turn(next)];
  return { ...answer.conversation, turn, sent, running: answer.live?.turnId ?? null, id, next };
}

const isRunning = ({ turn, sent, running, id, rev }: Found) => {
  expect(turn).toMatchObject({ status: 'running', reply: 'text', proof: null, endedAt: null, error: null });
  expect([sent, running, rev]).toEqual([null, id, 2]);
};

const WHOLES: Whole[] = [
  {
    name: '[IJ1] an interjection',
    verb: (store, { to, next }) => store.submit(to, { id: next, prompt: 'now', mode: 'interject' }),
    isDone: ({ sent }) => sent !== null,
    done: ({ turn, sent, running, id, head, next, rev }) => {
      expect(turn).toMatchObject({ status: 'interrupted', reply: 'text', proof: proofOf(3, 'text'), rev: 3 });
      expect(sent).toMatchObject({ status: 'queued', parentId: id, rev: 3 });
      expect([running, head, rev]).toEqual([null, next, 3]);
    },
    undone: isRunning,
  },
  {
    name: '[LOG3] the append that completes',
    verb: (store, { attempt }) =>
      store.log.append({
        turnId: attempt.turnId,
        fence: attempt.fence,
        seq: 4,
        events: [text(' and end'), textEnd(), finishStep()],
        completes: { usage: { inputTokens: 1, outputTokens: 2 } },
      }),
    isDone: ({ turn }) => turn.status === 'completed',
    done: ({ turn, running, rev }) => {
      expect(turn).toMatchObject({ reply: 'text and end', proof: proofOf(6, 'text and end'), rev: 3 });
      expect([turn.usage, running, rev]).toEqual([{ inputTokens: 1, outputTokens: 2 }, null, 3]);
    },
    undone: isRunning,
  },
  {
    name: '[ACT8] the failure that pauses',
    verb: (store, { id, attempt: { fence } }) =>
      store.log.fail({
        turnId: id,
        step: 0,
        fence,
        callId: 'a',
        error: { code: 'wrong_key', message: 'The key was refused.' },
        pauses: true,
      }),
    isDone: ({ paused }) => paused,
    done: ({ turn, running }) => {
      expect(turn).toMatchObject({ status: 'failed', reply: 'text', error: { code: 'wrong_key' } });
      expect(running).toBeNull();
    },
    undone: isRunning,
  },
  {
    name: '[DEL1] the deletion',
    verb: (store, { to }) => store.conversations.delete(to),
    isDone: ({ deleted }) => deleted,
    done: ({ turn, running }) => {
      expect(turn).toMatchObject({ status: 'stopped', reply: 'text', proof: proofOf(3, 'text') });
      expect(running).toBeNull();
    },
    undone: isRunning,
  },
  {
    name: '[LOG1] the open of the next attempt',
    verb: (store, { id }) =>
      store.log.open({ turnId: id, step: 0, fence: fenceOf({ attempt: 2 }), taskToken: 't', owner: 'o', model: 'm' }),
    isDone: () => true,
    done: isRunning,
    undone: isRunning,
  },
];

async function prepare(scene: Scene): Promise<Place> {
  const to = randomUUID();
  return { to, next: randomUUID(), ...(await scene.running('first', 'text', { to })) };
}

export function restartRules(test: StoreTest): void {
  describe('killed in the middle', () => {
    for (const { name, verb, done, undone, isDone } of WHOLES) {
      test(`${name} is there when it was answered, else whole or not at all`, async ({ scene }) => {
        const places: Place[] = [];
        for (let n = 0; n < MANY; n++) places.push(await prepare(scene));
        const remote = await scene.remote();
        const answered = new Set<Place>();
        const { promise: enough, resolve } = Promise.withResolvers<void>();
        for (const place of places) {
          void verb(remote, place).then(() => {
            answered.add(place);
            if (answered.size === ANSWERED) resolve();
          });
        }
        await enough;
        await remote.kill();
        expect(answered.size).toBeLessThan(MANY);
        const store = scene.connect();
        for (const place of places) {
          const found = await lookAt(store, place);
          if (answered.has(place)) expect(isDone(found)).toBe(true);
          (isDone(found) ? done : undone)(found);
        }
        // Whoever asks again, as an outbox or a browser does, gets it.
        for (const place of places) {
          await verb(store, place);
          const found = await lookAt(store, place);
          expect(isDone(found)).toBe(true);
          done(found);
        }
      });
    }
  });
}
