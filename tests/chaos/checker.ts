import { DatabaseSync } from 'node:sqlite';
import { WorkflowNotFoundError } from '@temporalio/client';
import { expect, type APIRequestContext } from '@playwright/test';
import { isOutcome, lineOf, type Status } from '#lib/protocol/turn.ts';
import { databaseFile } from '#lib/store/database.ts';
import type { ConversationPage } from '#tests/browser/conversation-page.ts';
import { turnsOf } from '#tests/browser/everywhere.ts';
import type { LaunchedApp } from '#tests/browser/launched-app.ts';
import type { ModelEndpoint } from '#tests/support/endpoint-client.ts';
import { readHistories } from '#tests/support/history.ts';
import type { Viewer } from '#tests/support/viewer.ts';
import { isSame, lineOfTurns, wrongIn, type Facts, type Line } from './claims.ts';
import type { Fault } from './faults.ts';
import type { Watched } from './watched.ts';

/** After the last fault: Temporal's and the outbox's own times, and the launcher's pauses, are in it. */
const QUIET_MS = 120_000;

export type World = { app: LaunchedApp; endpoint: ModelEndpoint; request: APIRequestContext; faults: readonly Fault[] };

/** Waits until everything that was sent has its outcome and everybody tells the same of it; then nothing may be wrong. */
export async function check(world: World, conversations: readonly Watched[]): Promise<void> {
  for (const watched of conversations) {
    await quiet(world, watched);
    expect(wrongIn(await factsOf(world, watched)), `conversation ${watched.id}`).toEqual([]);
  }
}

async function quiet({ app, request }: World, watched: Watched): Promise<void> {
  const unended = async () => {
    const turns = await storedTurns(app, watched);
    const open = turns.filter(({ status }) => !isOutcome(status)).map(({ prompt }) => prompt);
    return [...open, ...[...watched.sent.keys()].filter((prompt) => !turns.some((turn) => turn.prompt === prompt))];
  };
  await expect.poll(unended, { timeout: QUIET_MS, message: 'what has no outcome' }).toEqual([]);
  const othersThan = async () => {
    const stored = lineOfTurns(await storedTurns(app, watched));
    const told = await toldOf(request, watched).catch((error: unknown) => [{ by: String(error), line: [] }]);
    return told.filter(({ line }) => !isSame(line, stored)).map(({ by }) => by);
  };
  await expect.poll(othersThan, { timeout: QUIET_MS, message: 'who tells another line than the store' }).toEqual([]);
}

async function factsOf({ app, endpoint, request, faults }: World, watched: Watched): Promise<Facts> {
  const turns = await storedTurns(app, watched);
  const calls = await endpoint.calls();
  return {
    sent: watched.sent,
    turns,
    told: await toldOf(request, watched),
    shown: (await watched.moments()).map((moments, n) => ({ by: `page ${n + 1}`, moments })),
    statuses: statusesTold(watched.viewer),
    calls: calls.filter(({ prompt }) => watched.sent.has(prompt)),
    tries: triesIn(app, watched.id),
    faults,
    history: await historyOf(app, watched.id),
  };
}

/** No verb of the store tells it: only the store itself decides by it. */
function triesIn({ dataDir }: LaunchedApp, conversationId: string): Map<string, number> {
  const connection = new DatabaseSync(databaseFile(dataDir), { readOnly: true });
  try {
    const rows = connection.prepare('select id, tries from turn where conversation_id = ?').all(conversationId);
    return new Map(rows.map(({ id, tries }) => [String(id), Number(tries)]));
  } finally {
    connection.close();
  }
}

async function storedTurns(app: LaunchedApp, { id }: Watched) {
  const page = await app.store.conversations.page(id, { limit: 1_000 });
  return page?.turns ?? [];
}

async function toldOf(request: APIRequestContext, { id, tabs, viewer }: Watched): Promise<Facts['told']> {
  return [
    { by: 'the API', line: lineOfTurns(await turnsOf(request, id)) },
    { by: 'the socket', line: lineOfSocket(viewer) },
    ...(await Promise.all(tabs.map(async (tab, n) => ({ by: `page ${n + 1}`, line: await lineOfPage(tab) })))),
  ];
}

function lineOfSocket(viewer: Viewer): Line {
  const { turns, conversation } = viewer.view();
  return lineOf(turns, conversation?.head ?? null).map(({ id, prompt, status }) => ({
    id,
    prompt,
    status,
    reply: viewer.textOf(id),
  }));
}

const lineOfPage = ({ turns }: ConversationPage): Promise<Line> =>
  turns.evaluateAll((articles) =>
    articles.map((article) => ({
      id: article.getAttribute('data-turn-id') ?? '',
      prompt: article.querySelector('[data-part="prompt"]')?.textContent ?? '',
      status: (article.getAttribute('data-status') ?? '') as Line[number]['status'],
      reply: article.querySelector('[data-part="reply"]')?.textContent ?? '',
    })),
  );

/** In the order of their revisions: an answer may come later than what was told meanwhile. */
function statusesTold({ asked, told }: Viewer): Map<string, Status[]> {
  const answered = asked.flatMap(({ answer }) => answer.turns);
  const changed = told.flatMap(({ message }) => ('turns' in message ? message.turns : []));
  const statuses = new Map<string, Status[]>();
  for (const { id, status } of [...answered, ...changed].toSorted((a, b) => a.rev - b.rev))
    statuses.set(id, [...(statuses.get(id) ?? []), status]);
  return statuses;
}

/** Null where Temporal keeps nothing of it, or no more. */
async function historyOf(app: LaunchedApp, conversationId: string): Promise<string | null> {
  const histories = readHistories(`127.0.0.1:${app.portOf('temporal')}`);
  try {
    await histories.statusOf({ conversationId });
    return await histories.text({ conversationId });
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    return null;
  } finally {
    await histories.close();
  }
}
