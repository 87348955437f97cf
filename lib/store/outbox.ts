import { TIMES } from '#lib/protocol/limits.ts';
import type { Database } from './database.ts';
import { isOpen, isRunning, isStopDue } from './conditions.ts';
import { fenceOf } from './rows.ts';

export type DueSignal = { conversationId: string; turnId: string; ended: string[] };
export type DueStop = { conversationId: string; turnId: string };
export type HeldAttempt = {
  conversationId: string;
  turnId: string;
  step: number;
  attempt: number;
  taskToken: string;
  owner: string;
};

/** A turn that Temporal has been told of is signalled again after this, doubled each time: it may have lost the workflow. */
const SIGNAL_AGAIN_MS = 60_000;
const SIGNALS_AT_ONCE = 100;
/** Web tells the workflow of a Stop at once; the outbox leaves it so long before it does it itself. */
const STOP_GRACE_MS = 1_500;

/** Web signals at once; the outbox leaves it so long before it signals a new turn itself [OB1]. */
export const SIGNAL_GRACE_MS = 1_500;

export type Outbox = ReturnType<typeof createOutbox>;

/** What the workflow is still owed, and what the store may forget. */
export function createOutbox(db: Database) {
  return {
    /** Waiting turns whose signal is due [OB1], and running ones that have been silent [OB2]; a paused conversation waits for its user. */
    dueSignals: (): Promise<DueSignal[]> =>
      db.read(async (tx) => {
        const now = db.now();
        const rows = await tx
          .selectFrom('turn')
          .innerJoin('conversation', 'conversation.id', 'turn.conversation_id')
          .select(['turn.id', 'turn.conversation_id', 'turn.ended_turns'])
          .where(isOpen)
          .where('conversation.deleted_at', 'is', null)
          .where((eb) => {
            const isDue = eb.or([
              eb('turn.signal_due_at', '<=', now),
              // Set before the clock went back: it would come as much too late [CLK2].
              eb(eb.fn.coalesce('turn.signalled_at', 'turn.created_at'), '>', now + TIMES.clockBackMs),
            ]);
            // Each silence is told of at once, then as seldom as any turn.
            const isNews = eb.and([
              eb('turn.signalled_at', '<', eb('turn.alive_at', '+', TIMES.silentMs)),
              eb('turn.alive_at', '<=', now),
            ]);
            return eb.or([
              eb.and([eb('turn.status', '=', 'queued'), eb('conversation.paused', '=', 0), isDue]),
              eb.and([
                eb('turn.status', '=', 'running'),
                eb.or([
                  eb('turn.alive_at', '<', now - TIMES.silentMs),
                  eb('turn.alive_at', '>', now + TIMES.clockBackMs),
                ]),
                eb.or([isDue, isNews]),
              ]),
            ]);
          })
          .orderBy('turn.signal_due_at')
          .limit(SIGNALS_AT_ONCE)
          .execute();
        return rows.map((row) => ({
          conversationId: row.conversation_id,
          turnId: row.id,
          ended: JSON.parse(row.ended_turns) as string[],
        }));
      }),

    /** Temporal took the signal of a turn. */
    signalled: (turnId: string): Promise<void> =>
      db.write(async (tx) => {
        const turn = await tx.selectFrom('turn').select('signals').where('id', '=', turnId).executeTakeFirst();
        if (!turn) return;
        const now = db.now();
        await tx
          .updateTable('turn')
          .set({
            signals: turn.signals + 1,
            signalled_at: now,
            signal_due_at: now + SIGNAL_AGAIN_MS * 2 ** Math.min(turn.signals, 10),
          })
          .where('id', '=', turnId)
          .execute();
      }),

    /** Ended turns whose workflow has not been told yet [OB3]. */
    dueStops: (): Promise<DueStop[]> =>
      db.read(async (tx) => {
        const now = db.now();
        const rows = await tx
          .selectFrom('turn')
          .select(['id', 'conversation_id'])
          .where(isStopDue)
          .where((eb) =>
            eb.or([eb('ended_at', '<=', now - STOP_GRACE_MS), eb('ended_at', '>', now + TIMES.clockBackMs)]),
          )
          .limit(SIGNALS_AT_ONCE)
          .execute();
        return rows.map((row) => ({ conversationId: row.conversation_id, turnId: row.id }));
      }),

    stopsTold: async (turnIds: string[]): Promise<void> => {
      if (turnIds.length === 0) return; // most sends end nothing, and the worker opens the turn just now
      await db.write(async (tx) => {
        await tx.updateTable('turn').set({ stop_due: 0 }).where('id', 'in', turnIds).execute();
      });
    },

    /** Attempts that hold a running turn, with their owners: a new worker fails those of a dead one [WRK2]. */
    heldAttempts: (): Promise<HeldAttempt[]> =>
      db.read(async (tx) => {
        const rows = await tx
          .selectFrom('turn')
          .select(['id', 'conversation_id', 'fence', 'task_token', 'owner'])
          .where(isRunning)
          .execute();
        return rows.flatMap(({ id, conversation_id, task_token, owner, ...row }) => {
          const fence = fenceOf(row);
          if (!fence || task_token === null || owner === null) return [];
          const { step, attempt } = fence;
          return [{ conversationId: conversation_id, turnId: id, step, attempt, taskToken: task_token, owner }];
        });
      }),

    /** Conversations with a turn that is not ended: where an attempt may hang that died before its open [WRK3]. */
    openConversations: (): Promise<string[]> =>
      db.read(async (tx) => {
        const rows = await tx.selectFrom('turn').select('conversation_id').distinct().where(isOpen).execute();
        return rows.map((row) => row.conversation_id);
      }),

    /** Forgets late viewers' events [LOG8], old tombstones [STOP4] and the words of deleted conversations [DEL2]. */
    sweep: (): Promise<void> =>
      db.write(async (tx) => {
        const now = db.now();
        // By way of the few turns that still have events: most turns ended long ago.
        const logged = tx.selectFrom('event').select('turn_id').distinct();
        const late = tx
          .selectFrom('turn')
          .select('id')
          .where('id', 'in', logged)
          .where('ended_at', '<', now - TIMES.eventsKeptMs);
        await tx.deleteFrom('event').where('turn_id', 'in', late).execute();
        await tx
          .deleteFrom('tombstone')
          .where('created_at', '<', now - TIMES.tombstoneKeptMs)
          .execute();
        const gone = await tx
          .selectFrom('conversation')
          .select('id')
          .where('deleted_at', '<', now - TIMES.restoreMs)
          .where('erased_at', 'is', null)
          .execute();
        if (gone.length === 0) return;
        const ids = gone.map((row) => row.id);
        const turns = tx.selectFrom('turn').select('id').where('conversation_id', 'in', ids);
        await tx.deleteFrom('event').where('turn_id', 'in', turns).execute();
        await tx.deleteFrom('turn').where('conversation_id', 'in', ids).execute();
        await tx
          .updateTable('conversation')
          .set({ title: '', head: null, settings: '{}', erased_at: now })
          .where('id', 'in', ids)
          .execute();
      }),
  };
}
