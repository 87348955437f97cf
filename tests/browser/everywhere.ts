import { expect, type APIRequestContext } from '@playwright/test';
import type { Status, Turn } from '#lib/protocol/turn.ts';
import type { ConversationPage } from './conversation-page.ts';
import type { LaunchedApp } from './launched-app.ts';

/** The API's word on a turn. */
export async function turnOf(request: APIRequestContext, conversationId: string, turnId: string): Promise<Turn> {
  const turn = (await turnsOf(request, conversationId)).find(({ id }) => id === turnId);
  if (!turn) throw new Error(`The API knows no turn ${turnId} in ${conversationId}.`);
  return turn;
}

export async function turnsOf(request: APIRequestContext, conversationId: string): Promise<Turn[]> {
  const answer = await request.get(`/api/conversations/${conversationId}`);
  expect(answer.status(), await answer.text()).toBe(200);
  return ((await answer.json()) as { turns: Turn[] }).turns;
}

/** The turn with its whole text in every tab, in the API's `reply` and in the store's row. */
export async function expectEverywhere(
  { app, request }: { app: LaunchedApp; request: APIRequestContext },
  tabs: [ConversationPage, ...ConversationPage[]],
  prompt: string,
  { status, text }: { status: Status; text: string },
): Promise<void> {
  for (const tab of tabs) await tab.shows(prompt, { status, text });
  const [{ conversationId }] = tabs;
  const turnId = await tabs[0].idOf(prompt);
  const { reply, ...told } = await turnOf(request, conversationId, turnId);
  expect({ status: told.status, reply }).toEqual({ status, reply: text });
  const row = await app.store.turn(turnId);
  expect({ status: row?.status, reply: row?.reply }).toEqual({ status, reply: text });
}
