import type { Locator } from '@playwright/test';
import { expectedReply } from '#tests/support/scenario-options.ts';
import { expect, test } from './app.ts';
import { MODEL_NAME, OTHER_MODEL_NAME } from '#tests/support/model-endpoint.ts';
import { callOf } from './calls.ts';
import type { ConversationPage } from './conversation-page.ts';

/** Those of a conversation that has one turn. */
async function openSettings(tab: ConversationPage, prompt: string): Promise<Locator> {
  await tab.send(prompt);
  await tab.hasStatus(prompt, 'completed');
  await tab.page.getByRole('button', { name: 'Settings of this conversation' }).click();
  return tab.page.getByRole('dialog', { name: 'This conversation' });
}

test('[SET1] a conversation’s model, instructions and temperature are its own, from its next call on', async ({
  endpoint,
  tab,
  openTab,
  say,
}) => {
  const second = say('steady');
  const dialog = await openSettings(tab, say('steady'));
  await dialog.getByRole('textbox', { name: 'Instructions' }).fill('Answer like a pirate.');
  await dialog.getByRole('textbox', { name: 'Temperature' }).fill('0.4');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
  await tab.send(second);
  await tab.shows(second, { status: 'completed', text: expectedReply(second) });
  const { body } = await callOf(endpoint, second);
  expect(body).toMatchObject({ temperature: 0.4 });
  expect(body.messages[0]).toMatchObject({ role: 'system', content: 'Answer like a pirate.' });

  const other = await openTab();
  await other.page.getByRole('button', { name: 'Settings of this conversation' }).click();
  await expect(other.page.getByRole('textbox', { name: 'Instructions' })).toHaveValue('Answer like a pirate.');
  await expect(other.page.getByRole('textbox', { name: 'Temperature' })).toHaveValue('0.4');
});

test('[SET1] new conversations begin with the defaults of the settings page', async ({ endpoint, tab, say }) => {
  const { page } = tab;
  await page.goto('/settings');
  await page.getByRole('textbox', { name: 'Instructions' }).fill('Be short.');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('status', { name: 'Saved' })).toHaveText('Saved');
  await tab.open();
  const prompt = say('steady');
  await tab.send(prompt);
  await tab.shows(prompt, { status: 'completed', text: expectedReply(prompt) });
  const { body } = await callOf(endpoint, prompt);
  expect(body.messages[0]).toMatchObject({ role: 'system', content: 'Be short.' });
});

test('[SET2] a model is chosen from those that the endpoint lists, and answers from the next message on', async ({
  endpoint,
  tab,
  say,
}) => {
  const { page } = tab;
  const [first, second] = [say('steady'), say('steady')];
  const dialog = await openSettings(tab, first);
  await dialog.getByRole('combobox', { name: 'Model' }).click();
  await expect(page.getByRole('option')).toHaveText([`Default: ${MODEL_NAME}`, MODEL_NAME, OTHER_MODEL_NAME]);
  await page.getByRole('option', { name: OTHER_MODEL_NAME }).click();
  await expect(dialog.getByRole('combobox', { name: 'Model' })).toHaveText(OTHER_MODEL_NAME);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
  await tab.send(second);
  await tab.hasStatus(second, 'completed');
  for (const [prompt, model] of [
    [first, MODEL_NAME],
    [second, OTHER_MODEL_NAME],
  ] as const) {
    expect((await callOf(endpoint, prompt)).body.model).toBe(model);
  }
});
