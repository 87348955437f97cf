import { DatabaseSync } from 'node:sqlite';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { v7 } from 'uuid';
import { SendTurn } from '#lib/protocol/command.ts';
import { databaseFile } from '#lib/store/database.ts';
import { migrate } from '#lib/store/migrate.ts';
import { openStore } from '#lib/store/store.ts';
import { fenceOf } from './attempt.ts';

/** Goes through all turns, of the store or of one conversation. An index of the open ones alone is short. */
const READS_ALL =
  /SCAN turn(?! USING (COVERING )?INDEX turn_(waiting|running|stop_due))|INDEX turn_(parent|rev) \(conversation_id=\?\)$/m;

afterEach(() => vi.restoreAllMocks());

test('[STO4] no query of a send, an open, a Stop, a subscribe or the outbox reads turns that ended long ago', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'parley-plans-'));
  await migrate(dataDir);
  const prepare = vi.spyOn(DatabaseSync.prototype, 'prepare');
  const store = openStore({ dataDir, durable: false });
  const conversationId = v7();
  const [first, second] = [v7(), v7()];
  const send = (id: string, mode: string) => store.submit(conversationId, SendTurn.parse({ id, prompt: 'Say.', mode }));

  await send(first, 'queue');
  await store.log.open({ turnId: first, step: 0, fence: fenceOf(), taskToken: '', owner: 'o', model: 'm' });
  await send(second, 'interject');
  await send(v7(), 'queue');
  await store.outbox.dueSignals();
  await store.outbox.dueStops();
  await store.outbox.openConversations();
  await store.snapshots.conversation(conversationId, 1);
  await store.snapshots.tips([conversationId]);
  await store.conversations.stop(conversationId, second);
  const asked = new Set(prepare.mock.calls.map(([query]) => query).filter((query) => /\bfrom "?turn\b/.test(query)));
  await store.close();
  vi.restoreAllMocks();

  const raw = new DatabaseSync(databaseFile(dataDir));
  const planOf = (query: string) =>
    raw
      .prepare(`explain query plan ${query}`)
      .all()
      .map(({ detail }) => detail)
      .join('\n');
  expect(asked.size).toBeGreaterThan(8);
  for (const query of asked) expect(planOf(query), query).not.toMatch(READS_ALL);
  raw.close();
  await rm(dataDir, { recursive: true });
});
