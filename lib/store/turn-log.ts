import { sql } from 'kysely';
import type { TurnEvent } from '#lib/protocol/event.ts';
import { isOlder, isSameFence, type Fence } from '#lib/protocol/fence.ts';
import { isBeforeJump, TIMES } from '#lib/protocol/limits.ts';
import type { Reply } from '#lib/protocol/reply.ts';
import {
  isOutcome,
  type Outcome,
  type Retry,
  type Settings,
  type TurnError,
  type TurnRow,
  type Usage,
} from '#lib/protocol/turn.ts';
import type { Database, Tx } from './database.ts';
import { endTurn, replySoFar } from './ending.ts';
import { filledUp } from './filled-up.ts';
import { lockConversation, nextRev } from './locks.ts';
import { goesFirst } from './order.ts';
import { fenceOf, fenceText, settingsOf, stepsDoneOf, turnRow } from './rows.ts';
import type { TurnRecord } from './schema.ts';

/** The log's prefix is folded into the row after so many events, so that nobody reads a long log from its start [LOG7]. */
const FOLD_EVENTS = 200;
/** Tries of one step: only a provider's failures count [LOG10]. */
export const MAX_TRIES = 3;

export type OpenRequest = {
  turnId: string;
  step: number;
  fence: Fence;
  /** The live stream's fence that this attempt means to adopt [ACT6]. */
  from?: Fence;
  /** Who holds the turn from now on: the task token (base64) and the process. */
  taskToken: string;
  owner: string;
  /** The endpoint's own; what the conversation's user chose goes before it. */
  model: string;
};

export type Opened =
  | { kind: 'ended'; outcome: Outcome }
  | { kind: 'done'; toolCalls: string[] }
  | { kind: 'behind'; turnId: string }
  | { kind: 'paused' }
  | { kind: 'fenced' }
  | { kind: 'lost' }
  | { kind: 'opened'; reply: Reply };

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

export type TryFailed = {
  turnId: string;
  step: number;
  fence: Fence;
  /** One per model call: a report that is sent twice counts once. */
  callId: string;
  error: TurnError;
  /** When the next attempt begins; absent: the provider's answer is final. */
  retryAt?: number;
  /** No other turn would fare better (a wrong key): the conversation waits for its user [ACT8]. */
  pauses?: boolean;
};

export type TurnLog = ReturnType<typeof createTurnLog>;

/** The atomic operations on a turn's log; each answer is a value, and asking twice does no harm. */
export function createTurnLog(db: Database) {
  return {
    /** Judged in this order: ended, done, behind, paused, fenced, lost, opened [LOG1]. */
    open: (request: OpenRequest): Promise<Opened> =>
      db.write(async (tx) => {
        const turn = await lockTurn(tx, request.turnId);
        if (!turn) return { kind: 'ended', outcome: 'stopped' }; // erased after a delete
        if (isOutcome(turn.status)) return { kind: 'ended', outcome: turn.status };
        const toolCalls = stepsDoneOf(turn)[request.step];
        if (toolCalls) return { kind: 'done', toolCalls };
        const first = await goesFirst(tx, turn.conversation_id);
        if (first && first !== turn.id) return { kind: 'behind', turnId: first };
        if (turn.paused === 1) return { kind: 'paused' };
        const now = db.now();
        const held = fenceOf(turn);
        if (held && isOlder(request.fence, held) && !hasLapsed(turn, held, request.fence, now))
          return { kind: 'fenced' };
        const adopts = request.from !== undefined;
        if (adopts && !(held && (isSameFence(request.from!, held) || isSameFence(request.fence, held))))
          return { kind: 'lost' };
        const visible = turn.status === 'queued' || turn.retry !== null;
        await tx
          .updateTable('turn')
          .set({
            fence: fenceText(request.fence),
            task_token: request.taskToken,
            owner: request.owner,
            alive_at: now,
            ...(visible && {
              status: 'running',
              retry: null,
              model: turn.settings.model ?? request.model,
              started_at: turn.started_at ?? now,
              rev: await nextRev(tx, turn.conversation_id),
            }),
          })
          .where('id', '=', turn.id)
          .execute();
        return { kind: 'opened', reply: await replySoFar(tx, turn) };
      }),

    /** Takes events iff they come from the very attempt that opened the turn last, and continue its log [LOG2] [LOG3]. */
    append: (request: AppendRequest): Promise<Appended> =>
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
      }),

    /** Gives the turn an outcome if it has none yet; the final row either way, null for a turn that is not there [LOG4]. */
    end: (turnId: string, outcome: Outcome, error?: TurnError): Promise<TurnRow | null> =>
      db.write(async (tx) => {
        const turn = await lockTurn(tx, turnId);
        if (!turn) return null;
        if (isOutcome(turn.status)) return turnRow(turn);
        const rev = await nextRev(tx, turn.conversation_id);
        return turnRow(await endTurn(tx, turn, { outcome, rev, now: db.now(), ...(error && { error }) }));
      }),

    /** Counts a provider's failure, once per call; the third one, or a final one, ends the turn as failed [LOG10] [ACT8]. */
    fail: (
      failed: TryFailed,
    ): Promise<{ kind: 'again'; tries: number } | { kind: 'fenced' } | { kind: 'ended'; outcome: Outcome }> =>
      db.write(async (tx) => {
        const turn = await lockTurn(tx, failed.turnId);
        if (!turn) return { kind: 'ended', outcome: 'stopped' };
        if (isOutcome(turn.status)) return { kind: 'ended', outcome: turn.status };
        const held = fenceOf(turn);
        if (!held || !isSameFence(held, failed.fence)) return { kind: 'fenced' };
        const counted = turn.try_step === failed.step && turn.try_call === failed.callId;
        const before = turn.try_step === failed.step ? turn.tries : 0;
        const tries = counted ? before : before + 1;
        const rev = await nextRev(tx, turn.conversation_id);
        if (failed.retryAt === undefined || tries >= MAX_TRIES) {
          if (failed.pauses)
            await tx.updateTable('conversation').set({ paused: 1 }).where('id', '=', turn.conversation_id).execute();
          await endTurn(tx, turn, { outcome: 'failed', rev, now: db.now(), error: failed.error });
          return { kind: 'ended', outcome: 'failed' };
        }
        const retry: Retry = { ...failed.error, at: new Date(failed.retryAt).toISOString(), tries };
        await tx
          .updateTable('turn')
          .set({
            tries,
            try_step: failed.step,
            try_call: failed.callId,
            retry: JSON.stringify(retry),
            alive_at: db.now(),
            rev,
          })
          .where('id', '=', turn.id)
          .execute();
        return { kind: 'again', tries };
      }),

    /** Notes how many of the oldest turns the model's window left out; shown with the turn [CTX3]. */
    noteOmitted: (turnId: string, fence: Fence, omittedTurns: number): Promise<void> =>
      db.write(async (tx) => {
        const turn = await lockTurn(tx, turnId);
        const held = turn && fenceOf(turn);
        if (
          !turn ||
          isOutcome(turn.status) ||
          !held ||
          !isSameFence(held, fence) ||
          turn.omitted_turns === omittedTurns
        )
          return;
        const rev = await nextRev(tx, turn.conversation_id);
        await tx.updateTable('turn').set({ omitted_turns: omittedTurns, rev }).where('id', '=', turnId).execute();
      }),

    /** Says that these turns live, each by the fence that holds it: one statement for all of a process [LOG9]. */
    keepAlive: (held: { turnId: string; fence: Fence }[]): Promise<void> =>
      db.write(async (tx) => {
        if (held.length === 0) return;
        const pairs = filledUp(held).map(({ turnId, fence }) => sql`(${turnId}, ${fenceText(fence)})`);
        await tx
          .updateTable('turn')
          .set({ alive_at: db.now() })
          .where('status', '=', 'running')
          .where(sql<boolean>`(id, fence) in (values ${sql.join(pairs)})`)
          .execute();
      }),

    /** Which of these turns have their outcome, or are no more: one query for all live turns of a process [STOP2]. */
    endedAmong: (turnIds: string[]): Promise<Map<string, Outcome>> =>
      db.read(async (tx) => {
        if (turnIds.length === 0) return new Map();
        const ids = filledUp(turnIds);
        const rows = await tx.selectFrom('turn').select(['id', 'status']).where('id', 'in', ids).execute();
        const status = new Map(rows.map((row) => [row.id, row.status]));
        return new Map(
          turnIds.flatMap((id): [string, Outcome][] => {
            const now = status.get(id) ?? 'stopped';
            return isOutcome(now) ? [[id, now]] : [];
          }),
        );
      }),
  };
}

const readTurn = (tx: Tx, id: string) => tx.selectFrom('turn').selectAll().where('id', '=', id).executeTakeFirst();

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

/** The turn under its conversation's lock, which is taken first, always. */
async function lockTurn(
  tx: Tx,
  turnId: string,
): Promise<(TurnRecord & { paused: number; settings: Settings }) | undefined> {
  const found = await tx.selectFrom('turn').select('conversation_id').where('id', '=', turnId).executeTakeFirst();
  if (!found) return undefined;
  const conversation = await lockConversation(tx, found.conversation_id);
  const turn = await readTurn(tx, turnId);
  return turn && conversation && { ...turn, paused: conversation.paused, settings: settingsOf(conversation) };
}

/** A run that was lost while the clock went back would fence its successor for ever [LOG9]. One that lives says so within a second. */
const hasLapsed = (turn: TurnRecord, held: Fence, fence: Fence, now: number) =>
  held.runId !== fence.runId && (now - turn.alive_at > TIMES.silentMs || isBeforeJump(turn.alive_at, now));

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
