import type { TurnEvent } from '#lib/protocol/event.ts';
import { isSameFence, type Fence } from '#lib/protocol/fence.ts';
import { isOutcome, type Outcome, type Usage } from '#lib/protocol/turn.ts';
import type { Database, Tx } from './database.ts';
import { endTurn, replySoFar } from './ending.ts';
import { lockTurn, nextRev } from './locks.ts';
import { fenceOf, stepsDoneOf } from './rows.ts';
import type { TurnRecord } from './schema.ts';

/** The log's prefix is folded into the row after so many events, so that nobody reads a long log from its start [LOG7]. */
const FOLD_EVENTS = 200;

export type AppendRequest = {
  turnId: string;
  fence: Fence;
  /** Place of the first event. */
  seq: number;
  events: TurnEvent[];
  /** The turn is complete with these events. */
  completes?: { usage: Usage };
};

export type Appended =
  | { kind: 'ok' }
  | { kind: 'duplicate' }
  | { kind: 'gap'; expected: number }
  | { kind: 'fenced' }
  | { kind: 'ended'; outcome: Outcome };

/** Takes events iff they come from the very attempt that opened the turn last, and continue its log [LOG2] [LOG3]. */
export const appendEvents = (db: Database, request: AppendRequest): Promise<Appended> =>
  db.write(async (tx) => {
    const whole = request.completes && (await lockTurn(tx, request.turnId));
    const turn = whole ?? (await readForAppend(tx, request.turnId));
    if (!turn) return { kind: 'ended', outcome: 'stopped' };
    if (isOutcome(turn.status)) return { kind: 'ended', outcome: turn.status };
    const held = fenceOf(turn);
    if (!held || !isSameFence(held, request.fence)) return { kind: 'fenced' };
    if (request.seq <= turn.seq) return { kind: 'duplicate' };
    if (request.seq > turn.seq + 1) return { kind: 'gap', expected: turn.seq + 1 };
    const seq = await insertEvents(tx, request);
    const now = db.now();
    await tx
      .updateTable('turn')
      .set({
        seq,
        alive_at: now,
        steps_done: stepsDoneWith(turn, request.events),
        ...firstsWith(turn, request.events, now),
      })
      .where('id', '=', turn.id)
      .execute();
    if (whole && request.completes) {
      const rev = await nextRev(tx, whole.conversation_id);
      await endTurn(tx, whole, { outcome: 'completed', rev, now, usage: request.completes.usage });
    } else if (seq - turn.folded_seq >= FOLD_EVENTS) {
      await fold(tx, request.turnId);
    }
    return { kind: 'ok' };
  });

/** What an append judges by; the words stay where they are. */
const readForAppend = (tx: Tx, id: string) =>
  tx
    .selectFrom('turn')
    .select(['id', 'status', 'fence', 'seq', 'folded_seq', 'steps_done', 'first_token_at', 'first_text_at'])
    .where('id', '=', id)
    .executeTakeFirst();

async function fold(tx: Tx, id: string): Promise<void> {
  const turn = await tx.selectFrom('turn').select(['id', 'folded']).where('id', '=', id).executeTakeFirstOrThrow();
  const reply = await replySoFar(tx, turn);
  await tx
    .updateTable('turn')
    .set({ folded: JSON.stringify(reply), folded_seq: reply.seq })
    .where('id', '=', id)
    .execute();
}

async function insertEvents(tx: Tx, { turnId, seq, events }: AppendRequest): Promise<number> {
  if (events.length > 0) {
    const rows = events.map((event, i) => ({ turn_id: turnId, seq: seq + i, event: JSON.stringify(event) }));
    await tx.insertInto('event').values(rows).execute();
  }
  return seq + events.length - 1;
}

/** The moments of the first delta, and of the first of the text, once they have come; a step that begins again keeps them. */
function firstsWith(turn: Pick<TurnRecord, 'first_token_at' | 'first_text_at'>, events: TurnEvent[], now: number) {
  if (turn.first_text_at !== null) return {};
  const has = (wanted: (type: string) => boolean) => events.some(({ chunk }) => wanted(chunk.type));
  return {
    ...(turn.first_token_at === null && has((type) => type.endsWith('-delta')) && { first_token_at: now }),
    ...(has((type) => type === 'text-delta') && { first_text_at: now }),
  };
}

function stepsDoneWith(turn: Pick<TurnRecord, 'steps_done'>, events: TurnEvent[]): string {
  const ends = events.filter(({ chunk }) => chunk.type === 'finish-step');
  if (ends.length === 0) return turn.steps_done;
  const done = stepsDoneOf(turn);
  for (const { step, toolCalls } of ends) done[step] = toolCalls ?? [];
  return JSON.stringify(done);
}
