import { sql, type Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('conversation')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('title', 'text', (c) => c.notNull())
    .addColumn('rev', 'integer', (c) => c.notNull())
    .addColumn('head', 'text')
    .addColumn('paused', 'integer', (c) => c.notNull())
    .addColumn('next_order', 'integer', (c) => c.notNull())
    .addColumn('list_rev', 'integer', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('updated_at', 'bigint', (c) => c.notNull())
    .addColumn('deleted_at', 'bigint')
    .addColumn('erased_at', 'bigint')
    .execute();
  await db.schema.createIndex('conversation_list_rev').on('conversation').column('list_rev').execute();

  await db.schema
    .createTable('conversation_list')
    .addColumn('id', 'integer', (c) => c.primaryKey())
    .addColumn('rev', 'integer', (c) => c.notNull())
    .execute();
  await sql`insert into conversation_list (id, rev) values (1, 0)`.execute(db);

  await db.schema
    .createTable('turn')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('conversation_id', 'text', (c) => c.notNull().references('conversation.id'))
    .addColumn('parent_id', 'text')
    .addColumn('order', 'integer', (c) => c.notNull())
    .addColumn('mode', 'text', (c) => c.notNull())
    .addColumn('prompt', 'text', (c) => c.notNull())
    .addColumn('request', 'text', (c) => c.notNull())
    .addColumn('status', 'text', (c) => c.notNull())
    .addColumn('folded', 'text')
    .addColumn('folded_seq', 'integer', (c) => c.notNull())
    .addColumn('parts', 'text')
    .addColumn('seq', 'integer', (c) => c.notNull())
    .addColumn('proof', 'text')
    .addColumn('error', 'text')
    .addColumn('retry', 'text')
    .addColumn('model', 'text')
    .addColumn('usage', 'text')
    .addColumn('omitted_turns', 'integer', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('started_at', 'bigint')
    .addColumn('ended_at', 'bigint')
    .addColumn('rev', 'integer', (c) => c.notNull())
    .addColumn('ended_turns', 'text', (c) => c.notNull())
    .addColumn('fence', 'text')
    .addColumn('alive_at', 'bigint', (c) => c.notNull())
    .addColumn('tries', 'integer', (c) => c.notNull())
    .addColumn('try_step', 'integer')
    .addColumn('try_call', 'text')
    .addColumn('steps_done', 'text', (c) => c.notNull())
    .addColumn('task_token', 'text')
    .addColumn('owner', 'text')
    .addColumn('signal_due_at', 'bigint', (c) => c.notNull())
    .addColumn('signalled_at', 'bigint')
    .addColumn('signals', 'integer', (c) => c.notNull())
    .addColumn('stop_due', 'integer', (c) => c.notNull())
    .execute();
  await db.schema.createIndex('turn_rev').on('turn').columns(['conversation_id', 'rev']).execute();
  await db.schema.createIndex('turn_parent').on('turn').columns(['conversation_id', 'parent_id']).execute();
  // Backs "at most one runs" [ROW2]; the two small ones serve the outbox and the look at live turns.
  await sql`create unique index turn_running on turn (conversation_id) where status = 'running'`.execute(db);
  await sql`create index turn_waiting on turn (conversation_id, "order") where status in ('queued', 'running')`.execute(
    db,
  );
  await sql`create index turn_stop_due on turn (stop_due) where stop_due = 1`.execute(db);

  await db.schema
    .createTable('event')
    .addColumn('turn_id', 'text', (c) => c.notNull().references('turn.id'))
    .addColumn('seq', 'integer', (c) => c.notNull())
    .addColumn('event', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('event_pk', ['turn_id', 'seq'])
    .execute();

  await db.schema
    .createTable('tombstone')
    .addColumn('turn_id', 'text', (c) => c.primaryKey())
    .addColumn('conversation_id', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .execute();
}
