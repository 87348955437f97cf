import { isOlder, isSameFence, type Fence } from '#lib/protocol/fence.ts';
import { isBeforeJump, TIMES } from '#lib/protocol/limits.ts';
import type { Reply } from '#lib/protocol/reply.ts';
import { isOutcome, type Outcome } from '#lib/protocol/turn.ts';
import type { Database } from './database.ts';
import { replySoFar } from './ending.ts';
import { lockTurn, nextRev } from './locks.ts';
import { goesFirst } from './order.ts';
import { fenceOf, fenceText, stepsDoneOf } from './rows.ts';
import type { TurnRecord } from './schema.ts';

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

/** Gives a step to an attempt. Judged in this order: ended, done, behind, paused, fenced, lost, opened [LOG1]. */
export const openStep = (db: Database, request: OpenRequest): Promise<Opened> =>
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
    if (held && isOlder(request.fence, held) && !hasLapsed(turn, held, request.fence, now)) return { kind: 'fenced' };
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
  });

/** A run that was lost while the clock went back would fence its successor for ever [LOG9]. One that lives says so within a second. */
const hasLapsed = (turn: TurnRecord, held: Fence, fence: Fence, now: number) =>
  held.runId !== fence.runId && (now - turn.alive_at > TIMES.silentMs || isBeforeJump(turn.alive_at, now));
