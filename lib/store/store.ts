import type { ChangeTurn, SendTurn } from '#lib/protocol/command.ts';
import type { Settings, Turn } from '#lib/protocol/turn.ts';
import { createConversations } from './conversations.ts';
import { openDatabase } from './database.ts';
import { replySoFar } from './ending.ts';
import { checkMigrated } from './migrate.ts';
import { createOutbox } from './outbox.ts';
import { settingsOf, turnOf } from './rows.ts';
import { createSnapshots } from './snapshots.ts';
import { submitTurn } from './submit.ts';
import { createLineLength, turnsBefore } from './transcript.ts';
import { createTurnLog } from './turn-log.ts';
import { readTurn } from './turns.ts';
import { changeTurn } from './waiting.ts';

export type Store = ReturnType<typeof openStore>;

/**
 * Everything Parley keeps. `durable` for the process that answers users: its commits survive a loss of power.
 * Throws a readable reason when the store is not of this code's version.
 */
export function openStore(options: { dataDir: string; durable: boolean; now?: () => number }) {
  checkMigrated(options.dataDir);
  const db = openDatabase(options);
  return {
    conversations: createConversations(db),
    log: createTurnLog(db),
    snapshots: createSnapshots(db),
    outbox: createOutbox(db),
    submit: (conversationId: string, command: SendTurn) => submitTurn(db, conversationId, command),
    changeTurn: (conversationId: string, turnId: string, change: ChangeTurn) =>
      changeTurn(db, conversationId, turnId, change),
    turnsBefore: (turnId: string) => turnsBefore(db, turnId),
    /** What the user chose for a conversation [SET1]. */
    settings: (conversationId: string): Promise<Settings> =>
      db.read(async (tx) => {
        const record = await tx
          .selectFrom('conversation')
          .select('settings')
          .where('id', '=', conversationId)
          .executeTakeFirst();
        return record ? settingsOf(record) : {};
      }),
    lineLength: createLineLength(db),
    /** A turn with its reply as far as it goes. */
    turn: (id: string): Promise<Turn | null> =>
      db.read(async (tx) => {
        const record = await readTurn(tx, id);
        return record ? turnOf(record, record.status === 'running' ? await replySoFar(tx, record) : undefined) : null;
      }),
    changes: db.changes,
    now: db.now,
    close: db.close,
  };
}
