import type { Kysely } from 'kysely';

/** What the page of a conversation needs: prompts that can be edited while they wait. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('turn').addColumn('sent_prompt', 'text').execute();
}
