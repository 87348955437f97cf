import { expect, type Page } from '@playwright/test';
import type { Call } from '#tests/support/call-log.ts';
import type { ModelEndpoint } from '#tests/support/endpoint-client.ts';
import type { ConversationPage } from '#tests/browser/conversation-page.ts';
import { record, recorded } from './recorder.ts';

/** As a reader does it: without loading the page again. */
export async function newChat(tab: ConversationPage): Promise<void> {
  await tab.page.getByRole('link', { name: 'New chat' }).click();
  await expect(tab.turns).toHaveCount(0);
  await tab.ready();
}

/** Sends by a click, which the recorder notes, as it does what is then shown. */
export async function send(
  tab: ConversationPage,
  prompt: string,
  { by = 'Send', keepsText = false }: { by?: 'Send' | 'Interject'; keepsText?: boolean } = {},
): Promise<void> {
  await tab.box.fill(prompt);
  await record(tab.page, prompt, { keepsText });
  await tab.button(by).click();
}

/** When the page was clicked last, by the wall clock. */
export async function clickedAt(page: Page): Promise<number> {
  const { clickedAt } = await recorded(page);
  if (clickedAt === null) throw new Error('Nothing was clicked.');
  return clickedAt;
}

/** The last model call of a prompt, once its socket is closed. */
export const closedCall = (endpoint: ModelEndpoint, prompt: string): Promise<Call> =>
  endpoint.until((calls) => calls.findLast((call) => call.prompt === prompt && call.closedAt !== null));
