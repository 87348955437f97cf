import { joinDeltas, type EventRange } from '#lib/protocol/event.ts';
import type { ConversationAnswer, ListAnswer, ListEntry, TurnsChanged } from '#lib/protocol/message.ts';
import { isOutcome, type ConversationRow } from '#lib/protocol/turn.ts';
import { pageUpTo } from './conversations.ts';
import type { Database, Tx } from './database.ts';
import { eventsAfter, replySoFar } from './ending.ts';
import { isRunning } from './conditions.ts';
import { filledUp } from './filled-up.ts';
import { conversationRow, ROW_COLUMNS, summaryOf, turnOf, turnRow } from './rows.ts';

export type Live = { turnId: string; conversationId: string; seq: number };

export type Snapshots = ReturnType<typeof createSnapshots>;

/** What the gateway reads for viewers; each verb is one snapshot. */
export function createSnapshots(db: Database) {
  return {
    /** The answer to a subscribe [VIEW2]. A viewer that knows nothing gets the last page, as over HTTP. */
    conversation: (id: string, sinceRev: number, live?: { turnId: string; seq: number }): Promise<ConversationAnswer> =>
      db.read(async (tx) => {
        const record = await tx.selectFrom('conversation').selectAll().where('id', '=', id).executeTakeFirst();
        if (!record) return { conversation: notYet(id), turns: [], live: null };
        const page = sinceRev === 0 ? await pageUpTo(tx, id, record.head) : null;
        const turns = page?.turns ?? (await turnsSince(tx, id, sinceRev));
        const told = { conversation: conversationRow(record), ...(page && { branches: page.branches }) };
        const running = await runningTurn(tx, id);
        if (!running) return { ...told, turns, live: null };
        // On another branch it may be in no page; its viewers must know whose events come.
        const isKnown = live?.turnId === running.id || turns.some((turn) => turn.id === running.id);
        const known = isKnown ? turns : [...turns, turnRow(running)];
        return { ...told, turns: known, live: await liveOf(tx, running, live) };
      }),

    /** Conversations' revisions and live turns, to see which have something new: one query each for all that are watched. */
    tips: (ids: string[]): Promise<{ revs: Map<string, number>; live: Live[] }> =>
      db.read(async (tx) => {
        if (ids.length === 0) return { revs: new Map(), live: [] };
        const watched = filledUp(ids);
        const revs = await tx.selectFrom('conversation').select(['id', 'rev']).where('id', 'in', watched).execute();
        const live = await tx
          .selectFrom('turn')
          .select(['id as turnId', 'conversation_id as conversationId', 'seq'])
          .where('conversation_id', 'in', watched)
          .where(isRunning)
          .execute();
        return { revs: new Map(revs.map((row) => [row.id, row.rev])), live };
      }),

    /** Rows that changed after `from`, without words. Null when nothing did, or the conversation is not there. */
    changesSince: (conversationId: string, from: number): Promise<TurnsChanged | null> =>
      db.read(async (tx) => {
        const record = await tx
          .selectFrom('conversation')
          .selectAll()
          .where('id', '=', conversationId)
          .executeTakeFirst();
        if (!record || record.rev <= from) return null;
        const rows = await tx
          .selectFrom('turn')
          .select(ROW_COLUMNS)
          .where('conversation_id', '=', conversationId)
          .where('rev', '>', from)
          .orderBy('rev')
          .execute();
        return {
          conversationId,
          from,
          to: record.rev,
          conversation: conversationRow(record),
          turns: rows.map(turnRow),
        };
      }),

    /** One merged range of a turn's events beyond `seq`; null when there are none, or no longer. */
    eventsSince: (turnId: string, seq: number): Promise<EventRange | null> =>
      db.read((tx) => rangeAfter(tx, turnId, seq)),

    list: (sinceRev: number): Promise<ListAnswer> =>
      db.read(async (tx) => {
        const { rev } = await tx.selectFrom('conversation_list').select('rev').executeTakeFirstOrThrow();
        const rows = await tx
          .selectFrom('conversation')
          .select(['id', 'title', 'updated_at', 'list_rev', 'deleted_at'])
          .where('list_rev', '>', sinceRev)
          .$if(sinceRev === 0, (query) => query.where('deleted_at', 'is', null))
          .execute();
        const conversations = rows.map((row): ListEntry => ({
          ...summaryOf(row),
          deleted: row.deleted_at !== null,
        }));
        return { rev, conversations };
      }),
  };
}

/** A subscribe may come before the first send. */
const notYet = (id: string): ConversationRow => ({
  id,
  title: '',
  rev: 0,
  head: null,
  paused: false,
  deleted: false,
  settings: {},
});

async function turnsSince(tx: Tx, conversationId: string, sinceRev: number) {
  const records = await tx
    .selectFrom('turn')
    .selectAll()
    .where('conversation_id', '=', conversationId)
    .where('rev', '>', sinceRev)
    .orderBy('rev')
    .execute();
  return records.map((record) => (isOutcome(record.status) ? turnOf(record) : turnRow(record)));
}

const runningTurn = (tx: Tx, conversationId: string) =>
  tx
    .selectFrom('turn')
    .select([...ROW_COLUMNS, 'folded', 'seq'])
    .where('conversation_id', '=', conversationId)
    .where(isRunning)
    .executeTakeFirst();

type Running = NonNullable<Awaited<ReturnType<typeof runningTurn>>>;

async function liveOf(tx: Tx, running: Running, known?: { turnId: string; seq: number }) {
  if (known?.turnId === running.id && known.seq <= running.seq) {
    const nothingNew = { turnId: running.id, from: known.seq + 1, to: known.seq, events: [] };
    return (await rangeAfter(tx, running.id, known.seq)) ?? nothingNew;
  }
  return { turnId: running.id, reply: await replySoFar(tx, running) };
}

async function rangeAfter(tx: Tx, turnId: string, seq: number): Promise<EventRange | null> {
  const events = await eventsAfter(tx, turnId, seq);
  const last = events.at(-1);
  if (!last || events[0]?.seq !== seq + 1) return null;
  return { turnId, from: seq + 1, to: last.seq, events: joinDeltas(events.map(({ event }) => event)) };
}
