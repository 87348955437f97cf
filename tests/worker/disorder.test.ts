import { v7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Turn } from '#lib/protocol/turn.ts';
import { startParley, type Parley } from '#tests/support/parley.ts';
import { expectedReply } from '#tests/support/scenario-options.ts';
import { diceOf } from '#tests/support/seeded-text.ts';
import { insist } from '#tests/support/until.ts';
import type { Sent } from '#tests/support/user.ts';

/** A seed that failed is run again by `DISORDER_SEED=…`. */
const SEED = Number(process.env.DISORDER_SEED ?? Date.now() % 100_000);
const CONVERSATIONS = 6;
const ACTIONS = 24;

let parley: Parley;
beforeAll(async () => {
  parley = await startParley();
});
afterAll(() => parley.close());

const KINDS = ['steady', 'steady', 'steady', 'burst', 'break after=5 times=1', 'slow-start firstMs=80', 'length'];

/** A user in a hurry, signals that get lost, doubled and late, and attempts that Temporal gives up. */
async function actAtRandom(conversation: string, seed: number): Promise<string[]> {
  const { user } = parley;
  const roll = diceOf(seed);
  const sent: Sent[] = [];
  const any = () => sent[roll(sent.length)]!;
  for (let action = 0; action < ACTIONS; action++) {
    const what = sent.length === 0 ? 0 : roll(10);
    if (what < 5) {
      const prompt = `scenario:${KINDS[roll(KINDS.length)]!} tokens=24 rate=200 seed=${seed} #${action}`;
      const mode = roll(3) === 0 ? 'interject' : 'queue';
      sent.push(await user.send(conversation, prompt, { mode, signal: roll(4) !== 0 }));
    } else if (what < 7) {
      await user.stop(conversation, any().turnId, { signal: roll(3) !== 0 });
    } else if (what === 7) {
      const again = any();
      await insist(() => user.signal(conversation, again));
    } else if (what === 8) {
      const turnId = roll(2) === 0 ? v7() : sent[0]!.turnId;
      await insist(() => user.temporal.requestStop(conversation, { turnId }));
    } else {
      const [held] = (await user.store.outbox.heldAttempts()).filter(({ turnId }) =>
        sent.some((one) => one.turnId === turnId),
      );
      if (held) await insist(() => user.temporal.failAttempt(Buffer.from(held.taskToken, 'base64')));
    }
    // Now and then it looks what has come of one first, so that actions fall into every phase of a turn.
    const before = await user.turn(any().turnId);
    const hasMoved = ({ status, reply }: Turn) => status !== 'running' || reply !== before.reply;
    if (roll(2) === 0) await user.when(before.id, hasMoved);
  }
  return sent.map(({ turnId }) => turnId);
}

test(`whatever is done and lost, every turn ends, and each text is exact (seed ${SEED})`, async () => {
  const { user, endpoint } = parley;
  const acting = Array.from({ length: CONVERSATIONS }, (_, at) => actAtRandom(v7(), SEED + at));
  const turns = (await Promise.all(acting)).map((ids) => Promise.all(ids.map((id) => user.ended(id, 50_000))));
  for (const conversation of turns) {
    for (const turn of await conversation) {
      const whole = expectedReply(turn.prompt);
      if (turn.status === 'completed') expect(turn.reply).toBe(whole);
      else expect(whole.startsWith(turn.reply)).toBe(true);
      if (turn.status === 'failed') expect(turn).toMatchObject({ reply: whole, error: { code: 'cut_off' } });
      expect(turn.proof?.length).toBe(turn.reply.length);
      expect(turn.retry).toBeNull();
    }
  }
  for (const { body, prompt } of await endpoint.calls()) {
    expect(body.messages.map(({ role }) => role)).toEqual(
      body.messages.map((_, at) => (at % 2 === 0 ? 'user' : 'assistant')),
    );
    expect(body.messages.at(-1)?.content).toBe(prompt);
  }
});
