import type { ExpressionBuilder } from 'kysely';
import type { Branches } from '#lib/protocol/branches.ts';
import { LIMITS, TIMES } from '#lib/protocol/limits.ts';
import type { ChangeConversation, TurnsPage } from '#lib/protocol/command.ts';
import type { Page } from '#lib/protocol/reduce.ts';
import {
  isOutcome,
  type ConversationRow,
  type ConversationSummary,
  type Settings,
  type Turn,
} from '#lib/protocol/turn.ts';
import type { Database, Tx } from './database.ts';
import { endTurn, replySoFar } from './ending.ts';
import { lockConversation, nextListRev, nextRev } from './locks.ts';
import { openTurns } from './interjection.ts';
import { conversationRow, settingsOf, summaryOf, turnOf } from './rows.ts';
import type { Schema, TurnRecord } from './schema.ts';
import { isBelow, lineUp, readTurn, readTurnOf } from './turns.ts';

export type Stopped = { turn: Turn; signal: boolean };

export type Conversations = ReturnType<typeof createConversations>;

export function createConversations(db: Database) {
  return {
    list: (): Promise<ConversationSummary[]> =>
      db.read(async (tx) => {
        const rows = await tx
          .selectFrom('conversation')
          .select(['id', 'title', 'updated_at', 'list_rev'])
          .where('deleted_at', 'is', null)
          .orderBy('list_rev', 'desc')
          .execute();
        return rows.map(summaryOf);
      }),

    /** The last turns of the current line, or those before the turn `before`; null for a conversation, or such a turn, that is not there. */
    page: (id: string, { before, limit }: TurnsPage): Promise<Page | null> =>
      db.read(async (tx) => {
        const record = await tx.selectFrom('conversation').selectAll().where('id', '=', id).executeTakeFirst();
        if (!record || record.deleted_at !== null) return null;
        const first = before === undefined ? undefined : await readTurnOf(tx, id, before);
        if (before !== undefined && !first) return null;
        const from = first ? first.parent_id : record.head;
        return { conversation: conversationRow(record), ...(await pageUpTo(tx, id, from, limit)) };
      }),

    /** Whether a turn stands in the current line [TREE3]; null where it is none of the conversation's. */
    isInLine: (id: string, turnId: string): Promise<boolean | null> =>
      db.read(async (tx) => {
        const record = await tx.selectFrom('conversation').selectAll().where('id', '=', id).executeTakeFirst();
        if (!record || record.deleted_at !== null || !(await readTurnOf(tx, id, turnId))) return null;
        return record.head !== null && isBelow(tx, record.head, turnId);
      }),

    /**
     * Ends a turn for its user [STOP1]. An unknown turn gets a tombstone, so that the send which this Stop overtook
     * begins stopped [STOP4]. Null when the turn belongs to another conversation, or the conversation is deleted.
     */
    stop: (conversationId: string, turnId: string): Promise<Stopped | null> =>
      db.write(async (tx) => {
        const conversation = await lockConversation(tx, conversationId);
        const turn = await readTurn(tx, turnId);
        const isDeleted = conversation !== undefined && conversation.deleted_at !== null;
        if (isDeleted || (turn && turn.conversation_id !== conversationId)) return null;
        if (!turn) {
          const now = db.now();
          await tx
            .insertInto('tombstone')
            .values({ turn_id: turnId, conversation_id: conversationId, created_at: now })
            .onConflict((conflict) => conflict.column('turn_id').doNothing())
            .execute();
          return { turn: neverBegun(conversationId, turnId, now), signal: false };
        }
        if (isOutcome(turn.status)) return { turn: turnOf(turn), signal: false };
        const rev = await nextRev(tx, conversationId);
        return { turn: turnOf(await endTurn(tx, turn, { outcome: 'stopped', rev, now: db.now() })), signal: true };
      }),

    /** Changes title, settings, or head to the newest leaf of a turn's branch [TREE2]; null for a conversation that is not there, or a head that is not its turn. */
    change: (id: string, change: ChangeConversation): Promise<ConversationRow | 'bad-head' | null> =>
      db.write(async (tx) => {
        const known = await lockConversation(tx, id);
        if (!known || known.deleted_at !== null) return null;
        if (change.head !== undefined && !(await readTurnOf(tx, id, change.head))) return 'bad-head';
        const record = await tx
          .updateTable('conversation')
          .set({
            rev: await nextRev(tx, id),
            ...(change.title !== undefined && { title: change.title, list_rev: await nextListRev(tx) }),
            ...(change.settings && { settings: settingsWith(settingsOf(known), change.settings) }),
            ...(change.head !== undefined && { head: await newestLeaf(tx, id, change.head) }),
          })
          .where('id', '=', id)
          .returningAll()
          .executeTakeFirstOrThrow();
        return conversationRow(record);
      }),

    /** Hides the conversation and ends its turns; true also when it was deleted before, false when it never was [DEL1]. */
    delete: (id: string): Promise<boolean> =>
      db.write(async (tx) => {
        const known = await lockConversation(tx, id);
        if (!known) return false;
        if (known.deleted_at !== null) return true;
        const now = db.now();
        const rev = await nextRev(tx, id);
        const open = await openTurns(tx, id);
        for (const turn of open) await endTurn(tx, turn, { outcome: 'stopped', rev, now });
        await tx
          .updateTable('conversation')
          .set({ deleted_at: now, list_rev: await nextListRev(tx) })
          .where('id', '=', id)
          .execute();
        return true;
      }),

    /** Brings a deleted conversation back while its words are there [DEL2]; null when there never was one. */
    restore: (id: string): Promise<ConversationRow | 'too-late' | null> =>
      db.write(async (tx) => {
        const known = await lockConversation(tx, id);
        if (!known) return null;
        if (known.deleted_at === null) return conversationRow(known);
        if (known.erased_at !== null || db.now() - known.deleted_at > TIMES.restoreMs) return 'too-late';
        const record = await tx
          .updateTable('conversation')
          .set({ deleted_at: null, rev: await nextRev(tx, id), list_rev: await nextListRev(tx) })
          .where('id', '=', id)
          .returningAll()
          .executeTakeFirstOrThrow();
        return conversationRow(record);
      }),

    /** Throws when the store cannot take a write. Nothing is written. */
    check: (): Promise<void> => db.tryWrite(),
  };
}

const settingsWith = (known: Settings, change: NonNullable<ChangeConversation['settings']>): string =>
  JSON.stringify(Object.fromEntries(Object.entries({ ...known, ...change }).filter(([, value]) => value != null)));

/** Up to `limit` turns of the line that ends in `leaf`, root first, with their words. */
export async function pageUpTo(tx: Tx, conversationId: string, leaf: string | null, limit: number = LIMITS.pageTurns) {
  const records: TurnRecord[] = [];
  for await (const record of lineUp(tx, leaf)) {
    if (records.push(record) === limit) break;
  }
  const turns: Turn[] = [];
  for (const record of records.toReversed()) {
    turns.push(record.status === 'running' ? turnOf(record, await replySoFar(tx, record)) : turnOf(record));
  }
  const hasMore = (records.at(-1)?.parent_id ?? null) !== null;
  return { turns, hasMore, branches: await branchesAt(tx, conversationId, records) };
}

/** Turns that share a parent with one of these, where there are such: the branches that begin there. */
async function branchesAt(tx: Tx, conversationId: string, records: TurnRecord[]): Promise<Branches[]> {
  if (records.length === 0) return [];
  const parents = records.flatMap(({ parent_id }) => (parent_id === null ? [] : [parent_id]));
  const rows = await tx
    .selectFrom('turn')
    .select(['id', 'parent_id'])
    .where('conversation_id', '=', conversationId)
    .where((eb) =>
      eb.or([
        ...(parents.length > 0 ? [eb('parent_id', 'in', parents)] : []),
        ...(parents.length < records.length ? [eb('parent_id', 'is', null)] : []),
      ]),
    )
    .where(wasSaid)
    .orderBy('order')
    .execute();
  return [...Map.groupBy(rows, ({ parent_id }) => parent_id)]
    .map(([parentId, turns]) => ({ parentId, turns: turns.map(({ id }) => id) }))
    .filter(({ turns }) => turns.length > 1);
}

/** The newest leaf of the branch that begins with `turnId`. */
async function newestLeaf(tx: Tx, conversationId: string, turnId: string): Promise<string> {
  for (let leaf = turnId; ;) {
    const next = await tx
      .selectFrom('turn')
      .select('id')
      .where('conversation_id', '=', conversationId)
      .where('parent_id', '=', leaf)
      .where(wasSaid)
      .orderBy('order', 'desc')
      .limit(1)
      .executeTakeFirst();
    if (!next) return leaf;
    leaf = next.id;
  }
}

/** Not taken back before it began. */
const wasSaid = (eb: ExpressionBuilder<Schema, 'turn'>) =>
  eb.or([eb('started_at', 'is not', null), eb('status', 'in', ['queued', 'running'])]);

/** The answer to a Stop that came before its turn. */
function neverBegun(conversationId: string, id: string, now: number): Turn {
  const at = new Date(now).toISOString();
  return {
    id,
    conversationId,
    parentId: null,
    order: 0,
    mode: 'queue',
    prompt: '',
    status: 'stopped',
    error: null,
    retry: null,
    model: null,
    usage: null,
    omittedTurns: 0,
    createdAt: at,
    startedAt: null,
    firstTokenAt: null,
    firstTextAt: null,
    endedAt: at,
    rev: 0,
    proof: null,
    reply: '',
    parts: [],
  };
}
