import type { ChangeTurn } from '#lib/protocol/command.ts';
import type { Turn } from '#lib/protocol/turn.ts';
import type { Database, Tx } from './database.ts';
import { endTurn } from './ending.ts';
import { endedByInterjection, openTurns } from './interjection.ts';
import { lockConversation, nextRev } from './locks.ts';
import { SIGNAL_GRACE_MS } from './outbox.ts';
import { waitingBehind } from './place.ts';
import { endedTurnsOf, turnOf } from './rows.ts';
import type { TurnRecord } from './schema.ts';
import { isBelow, lineUp, readTurn } from './turns.ts';

export type Changed =
  | { kind: 'changed'; turn: Turn; ended: string[]; signal: boolean }
  | { kind: 'refused'; code: 'not-found' | 'not-waiting' | 'bad-place' };

/** Changes a turn while it waits, in one transaction; a change that holds already is answered as done [WAIT1]. */
export function changeTurn(db: Database, conversationId: string, turnId: string, change: ChangeTurn): Promise<Changed> {
  return db.write(async (tx): Promise<Changed> => {
    const conversation = await lockConversation(tx, conversationId);
    const turn = await readTurn(tx, turnId);
    if (!conversation || conversation.deleted_at !== null || turn?.conversation_id !== conversationId) {
      return { kind: 'refused', code: 'not-found' };
    }
    if (turn.status !== 'queued') {
      return holdsAlready(turn, change) ? changed(turn) : { kind: 'refused', code: 'not-waiting' };
    }
    if (change.prompt !== undefined) return edit(tx, turn, change.prompt);
    if (change.before !== undefined) return move(tx, turn, change.before);
    return sayNow(tx, turn, db.now());
  });
}

/** Other words; the POST that made the turn still gets it [WAIT2]. */
async function edit(tx: Tx, turn: TurnRecord, prompt: string): Promise<Changed> {
  const rev = await nextRev(tx, turn.conversation_id);
  return changed(await update(tx, turn.id, { prompt, sent_prompt: turn.sent_prompt ?? turn.prompt, rev }));
}

/** Another place in its line [WAIT3]. */
async function move(tx: Tx, turn: TurnRecord, before: string | null): Promise<Changed> {
  const line = await waitingLine(tx, turn);
  const others = line.filter(({ id }) => id !== turn.id);
  const at = before === null ? others.length : others.findIndex(({ id }) => id === before);
  if (at < 0) return { kind: 'refused', code: 'bad-place' };
  if (line[at]?.id !== turn.id) {
    await stand(tx, line, others.toSpliced(at, 0, turn), await nextRev(tx, turn.conversation_id));
  }
  return changed((await readTurn(tx, turn.id))!);
}

/** It becomes the interjection that it would have been if it were sent now, in front of its line [WAIT4]. */
async function sayNow(tx: Tx, turn: TurnRecord, now: number): Promise<Changed> {
  const { id, conversation_id: conversationId } = turn;
  const rev = await nextRev(tx, conversationId);
  const open = await openTurns(tx, conversationId);
  const ended = endedByInterjection(
    open.filter((other) => other.id !== id),
    now,
  );
  for (const other of ended) await endTurn(tx, other, { outcome: 'interrupted', rev, now });
  const line = await waitingLine(tx, turn);
  await stand(tx, line, [turn, ...line.filter((other) => other.id !== id)], rev);
  await tx.updateTable('conversation').set({ paused: 0 }).where('id', '=', conversationId).execute();
  const ids = ended.map((other) => other.id);
  const ended_turns = JSON.stringify([...endedTurnsOf(turn), ...ids]);
  const said = await update(tx, id, { mode: 'interject', ended_turns, signal_due_at: now + SIGNAL_GRACE_MS, rev });
  return { ...changed(said), ended: ids, signal: true };
}

const update = (tx: Tx, id: string, by: Partial<TurnRecord>) =>
  tx.updateTable('turn').set(by).where('id', '=', id).returningAll().executeTakeFirstOrThrow();

const changed = (turn: TurnRecord): Extract<Changed, { kind: 'changed' }> => ({
  kind: 'changed',
  turn: turnOf(turn),
  ended: [],
  signal: false,
});

/** The answer to the same call may have been lost; a place in the line is none any more once the turn has begun. */
const holdsAlready = (turn: TurnRecord, { prompt, mode }: ChangeTurn): boolean =>
  prompt !== undefined ? turn.prompt === prompt : mode !== undefined && turn.mode === mode;

/** The waiting turns of a waiting turn's line, in the order in which they will be answered. */
async function waitingLine(tx: Tx, turn: TurnRecord): Promise<TurnRecord[]> {
  const line = [turn];
  for await (const above of lineUp(tx, turn.parent_id)) {
    if (above.started_at !== null) break;
    if (above.status === 'queued') line.unshift(above); // one that was taken back before it began is passed over
  }
  for (let last = turn; ;) {
    const [id] = await waitingBehind(tx, turn.conversation_id, [last.id]);
    const next = id === undefined ? undefined : await readTurn(tx, id);
    if (!next) return line;
    line.push(next);
    last = next;
  }
}

/** Puts the waiting turns of a line into another order: each behind the one before it, in the tree as in `order` [WAIT3]. */
async function stand(tx: Tx, line: TurnRecord[], as: TurnRecord[], rev: number): Promise<void> {
  const [first] = line;
  if (!first) return;
  const orders = line.map(({ order }) => order).toSorted((a, b) => a - b);
  const { head } = await tx
    .selectFrom('conversation')
    .select('head')
    .where('id', '=', first.conversation_id)
    .executeTakeFirstOrThrow();
  const isCurrent = head !== null && (await isBelow(tx, head, first.id));
  for (const [at, turn] of as.entries()) {
    const parentId = as[at - 1]?.id ?? first.parent_id;
    const order = orders[at]!;
    if (turn.parent_id !== parentId || turn.order !== order) {
      await update(tx, turn.id, { parent_id: parentId, order, rev });
    }
  }
  const leaf = as.at(-1)!.id;
  if (isCurrent && head !== leaf) {
    await tx.updateTable('conversation').set({ head: leaf }).where('id', '=', first.conversation_id).execute();
  }
}
