import type { Kysely } from 'kysely';

/** Prompts that can be edited while they wait, a conversation's settings, and when the first words of a reply came. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('turn').addColumn('sent_prompt', 'text').execute();
  await db.schema.alterTable('turn').addColumn('first_token_at', 'bigint').execute();
  await db.schema.alterTable('turn').addColumn('first_text_at', 'bigint').execute();
  await db.schema
    .alterTable('conversation')
    .addColumn('settings', 'text', (c) => c.notNull().defaultTo('{}'))
    .execute();
}
