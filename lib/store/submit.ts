import { LIMITS } from '#lib/protocol/limits.ts';
import type { SendTurn } from '#lib/protocol/command.ts';
import { isOutcome, type Turn } from '#lib/protocol/turn.ts';
import type { Database, Tx } from './database.ts';
import { endTurn, replySoFar } from './ending.ts';
import { endedByInterjection, openTurns } from './interjection.ts';
import { lockConversation, nextListRev, nextRev } from './locks.ts';
import { SIGNAL_GRACE_MS } from './outbox.ts';
import { headAfter, placeOf } from './place.ts';
import { endedTurnsOf, turnOf } from './rows.ts';
import type { ConversationRecord, TurnRecord } from './schema.ts';
import { readTurn } from './turns.ts';

export type Submitted =
  | { kind: 'accepted'; turn: Turn; ended: string[]; signal: boolean }
  | { kind: 'refused'; code: 'conflict' | 'deleted' | 'bad-parent' | 'too-many-waiting' };

/** Takes a turn, in one transaction: what it answers is what stands in the store [SEND1]. The same id twice is one turn. */
export function submitTurn(db: Database, conversationId: string, command: SendTurn): Promise<Submitted> {
  return db.write(async (tx): Promise<Submitted> => {
    const now = db.now();
    const existing = await lockConversation(tx, conversationId);
    const known = await readTurn(tx, command.id);
    if (known) return sameAgain(tx, known, conversationId, command);
    if (existing && existing.deleted_at !== null) return { kind: 'refused', code: 'deleted' };
    const open = await openTurns(tx, conversationId);
    if (open.filter((turn) => turn.status === 'queued').length >= LIMITS.waitingTurns) {
      return { kind: 'refused', code: 'too-many-waiting' };
    }
    if (command.parentId && !(await isEndedTurnOf(tx, command.parentId, conversationId))) {
      return { kind: 'refused', code: 'bad-parent' };
    }

    const conversation = existing ?? (await create(tx, conversationId, command, now));
    const rev = await nextRev(tx, conversationId);
    const stopped = await tx
      .selectFrom('tombstone')
      .select('turn_id')
      .where('turn_id', '=', command.id)
      .where('conversation_id', '=', conversationId)
      .executeTakeFirst();
    // A turn whose Stop overtook it interrupts nothing, and clears no pause [STOP4].
    const ended = command.mode === 'interject' && !stopped ? endedByInterjection(open, now) : [];
    for (const turn of ended) await endTurn(tx, turn, { outcome: 'interrupted', rev, now });

    const place = await placeOf(tx, conversation, command, ended);
    await tx
      .insertInto('turn')
      .values({
        id: command.id,
        conversation_id: conversationId,
        parent_id: place.parentId,
        order: conversation.next_order,
        mode: command.mode,
        prompt: command.prompt,
        sent_prompt: null,
        request: requestOf(command),
        status: 'queued',
        folded: null,
        folded_seq: 0,
        parts: null,
        seq: 0,
        proof: null,
        error: null,
        retry: null,
        model: null,
        usage: null,
        omitted_turns: 0,
        created_at: now,
        started_at: null,
        first_token_at: null,
        first_text_at: null,
        ended_at: null,
        rev,
        ended_turns: JSON.stringify(ended.map((turn) => turn.id)),
        fence: null,
        alive_at: now,
        tries: 0,
        try_step: null,
        try_call: null,
        steps_done: '{}',
        task_token: null,
        owner: null,
        signal_due_at: now + SIGNAL_GRACE_MS,
        signalled_at: null,
        signals: 0,
        stop_due: 0,
      })
      .execute();
    if (place.takesOver.length > 0) {
      await tx.updateTable('turn').set({ parent_id: command.id, rev }).where('id', 'in', place.takesOver).execute();
    }
    await tx
      .updateTable('conversation')
      .set({
        head: await headAfter(tx, conversation, command.id, place.takesOver),
        next_order: conversation.next_order + 1,
        list_rev: await nextListRev(tx),
        updated_at: now,
        ...(!stopped && { paused: 0 }),
      })
      .where('id', '=', conversationId)
      .execute();
    let turn = (await readTurn(tx, command.id))!;
    if (stopped) turn = await endTurn(tx, turn, { outcome: 'stopped', rev, now });
    return { kind: 'accepted', turn: turnOf(turn), ended: ended.map(({ id }) => id), signal: !stopped };
  });
}

async function create(tx: Tx, id: string, { prompt, settings }: SendTurn, now: number): Promise<ConversationRecord> {
  const fresh = {
    id,
    title: titleFrom(prompt),
    rev: 0,
    head: null,
    paused: 0,
    settings: JSON.stringify(settings ?? {}),
    next_order: 1,
    list_rev: await nextListRev(tx),
    created_at: now,
    updated_at: now,
    deleted_at: null,
    erased_at: null,
  };
  await tx.insertInto('conversation').values(fresh).execute();
  return fresh;
}

/** The prompt's first line; cut between characters as people count them. */
function titleFrom(prompt: string): string {
  const line = prompt
    .trim()
    .split(/\r\n|\r|\n/, 1)[0]!
    .trim();
  if (line.length <= LIMITS.titleLength) return line;
  let title = '';
  for (const { segment } of new Intl.Segmenter().segment(line)) {
    if (title.length + segment.length > LIMITS.titleLength - 1) break;
    title += segment;
  }
  return `${title.trimEnd()}…`;
}

const requestOf = ({ mode, parentId, settings }: SendTurn) =>
  JSON.stringify({ mode, ...(parentId !== undefined && { parentId }), ...(settings && { settings }) });

/** The same POST gets the same answer, and signals again: that is harmless. Any other field than before is a conflict [SEND2]. */
async function sameAgain(tx: Tx, known: TurnRecord, conversationId: string, command: SendTurn): Promise<Submitted> {
  const same =
    known.conversation_id === conversationId &&
    (known.sent_prompt ?? known.prompt) === command.prompt &&
    known.request === requestOf(command);
  if (!same) return { kind: 'refused', code: 'conflict' };
  const turn = turnOf(known, known.status === 'running' ? await replySoFar(tx, known) : undefined);
  return { kind: 'accepted', turn, ended: endedTurnsOf(known), signal: !isOutcome(known.status) };
}

async function isEndedTurnOf(tx: Tx, id: string, conversationId: string): Promise<boolean> {
  const turn = await readTurn(tx, id);
  return turn?.conversation_id === conversationId && isOutcome(turn.status);
}
