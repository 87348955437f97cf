import { expect, test } from './app.ts';
import { turnOf } from './everywhere.ts';
import type { ConversationPage } from './conversation-page.ts';

/** On a machine that has no model yet it is fetched first: 98 MB. */
const READY_MS = 240_000;

/** What Markdown draws without changing it. Words may touch: a page's text has nothing between two paragraphs. */
const lettersOf = (text: string) => text.replace(/\P{L}+/gu, '');

test('[MOD1] [MOD2] [STOP1] the real model that comes along answers, is stopped, and its words stay', async ({
  app,
  tab,
  openTab,
  request,
}) => {
  test.setTimeout(READY_MS + 60_000);
  // Told without chance the story fills the 512 tokens; by chance it may end before it is stopped.
  const [prompt, next] = ['Write a very long story about a king.', 'Say hello in one sentence.'];
  const told = async (of: string) => turnOf(request, tab.conversationId, await tab.idOf(of));
  const showsWhatIsTold = async (each: ConversationPage, of: string) => {
    const { status, reply } = await told(of);
    await each.hasStatus(of, status);
    await expect.poll(async () => lettersOf(await each.text(of))).toBe(lettersOf(reply));
  };

  await expect(
    tab.page.getByText('This model is small, runs on this computer and is often wrong.').first(),
  ).toBeVisible({
    timeout: READY_MS,
  });
  await expect(tab.page.getByText('OPENAI_API_KEY').first()).toBeVisible();
  await tab.page.getByRole('button', { name: 'Settings of this conversation' }).click();
  const dialog = tab.page.getByRole('dialog', { name: 'This conversation' });
  await dialog.getByRole('textbox', { name: 'Temperature' }).fill('0');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
  // Sent without waiting for the model: until it is loaded, the message waits.
  await tab.send(prompt);
  await expect.poll(async () => (await tab.text(prompt)).length, { timeout: READY_MS }).toBeGreaterThan(60);
  await tab.button('Stop').click();
  await tab.hasStatus(prompt, 'stopped');
  const stopped = await told(prompt);
  expect(stopped).toMatchObject({ status: 'stopped', model: 'SmolLM2-135M-Instruct' });
  expect(stopped.reply.length).toBeGreaterThan(60);
  const other = await openTab();
  for (const each of [tab, other]) await showsWhatIsTold(each, prompt);
  expect((await app.store.turn(stopped.id))?.reply).toBe(stopped.reply);

  // The model is free for what comes next, and while it writes that, the stopped text has time to grow.
  await tab.send(next);
  // So small a model may also talk on to its limit, which is an outcome of its own.
  await expect(tab.turn(next)).toHaveAttribute('data-status', /^(completed|failed)$/, { timeout: 60_000 });
  expect((await told(next)).reply).not.toBe('');
  await tab.reload();
  for (const each of [tab, other]) {
    await showsWhatIsTold(each, prompt);
    await showsWhatIsTold(each, next);
  }
  expect((await told(prompt)).reply).toBe(stopped.reply);
  await expect(tab.page.getByText('SmolLM2-135M-Instruct, small and often wrong')).toBeVisible();
});
