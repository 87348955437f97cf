import { expectedReply } from '#tests/support/scenario-options.ts';
import { expect, test } from './app.ts';
import { messagesOf, callOf } from './calls.ts';
import { expectEverywhere } from './everywhere.ts';
import type { ConversationPage } from './conversation-page.ts';

const alertOf = (tab: ConversationPage, prompt: string) => tab.turn(prompt).getByRole('alert');
const retry = (tab: ConversationPage, prompt: string) => alertOf(tab, prompt).getByRole('button', { name: 'Retry' });

test('[ACT7] a refusal is told in a sentence, and Retry asks again in its place', async ({
  app,
  endpoint,
  tab,
  say,
  request,
}) => {
  const [first, prompt] = [say('steady'), say('fail status=400 times=1')];
  await tab.send(first);
  await tab.hasStatus(first, 'completed');
  await tab.send(prompt);
  await tab.shows(prompt, { status: 'failed', text: '' });
  await expect(alertOf(tab, prompt)).toContainText('The model’s server refused the request (HTTP 400).');
  expect(await endpoint.callsOf(prompt)).toHaveLength(1);
  const failed = await tab.idOf(prompt);

  await retry(tab, prompt).click();
  await expectEverywhere({ app, request }, [tab], prompt, { status: 'completed', text: expectedReply(prompt) });
  await tab.showsPrompts([first, prompt]);
  expect(await tab.idOf(prompt)).not.toBe(failed);
  await expect(tab.turns.getByRole('alert')).toHaveCount(0);
  expect(messagesOf(await callOf(endpoint, prompt, () => true, { nth: 2 }))).toEqual([
    ['user', first],
    ['assistant', expectedReply(first)],
    ['user', prompt],
  ]);
  await tab.reload();
  await tab.showsPrompts([first, prompt]);
});

test('[LOG10] a provider that fails is asked again, in words, without a click', async ({
  app,
  endpoint,
  tab,
  say,
  request,
}) => {
  const prompt = say('fail status=500 times=2 retryAfter=1');
  await tab.send(prompt);
  await expect(tab.turn(prompt)).toContainText(/Trying again in \d s: .+ \(attempt 2 of 3\)/);
  await expect(tab.turn(prompt)).toContainText(/\(attempt 3 of 3\)/);
  await expectEverywhere({ app, request }, [tab], prompt, { status: 'completed', text: expectedReply(prompt) });
  expect(await endpoint.callsOf(prompt)).toHaveLength(3);
});

test('[ACT7] a reply that is cut off three times keeps its text and offers Retry', async ({
  app,
  endpoint,
  tab,
  say,
  request,
}) => {
  const prompt = say('truncate after=5 times=3');
  await tab.send(prompt);
  const text = expectedReply(prompt, { tokens: 5 });
  await expectEverywhere({ app, request }, [tab], prompt, { status: 'failed', text });
  await expect(alertOf(tab, prompt)).toContainText(/\S+ \S+.*\./);
  expect(await endpoint.callsOf(prompt)).toHaveLength(3);
  await retry(tab, prompt).click();
  await tab.shows(prompt, { status: 'completed', text: expectedReply(prompt) });
});

test('[ACT8] a wrong key pauses the conversation until Retry, and no part of it is shown', async ({
  endpoint,
  tab,
  say,
}) => {
  const [prompt, behind] = [say('wrong-key times=1 firstMs=0'), say('steady')];
  await tab.send(prompt);
  await tab.shows(prompt, { status: 'failed', text: '' });
  await expect(alertOf(tab, prompt)).toContainText(/key/);
  await expect(tab.page.getByText('This conversation is paused')).toBeVisible();
  expect(await tab.page.content()).not.toContain('test-key');
  await retry(tab, prompt).click();
  await tab.shows(prompt, { status: 'completed', text: expectedReply(prompt) });
  await expect(tab.page.getByText('This conversation is paused')).toBeHidden();
  await tab.send(behind);
  await tab.shows(behind, { status: 'completed', text: expectedReply(behind) });
  expect(await endpoint.callsOf(prompt)).toHaveLength(2);
});

test('[ACT7] a rate limit says how long it lasts', async ({ endpoint, tab, say }) => {
  const prompt = say('fail status=429 retryAfter=90 times=1');
  await tab.send(prompt);
  await tab.shows(prompt, { status: 'failed', text: '' });
  await expect(alertOf(tab, prompt)).toContainText('Try again in 90 s.');
  expect(await endpoint.callsOf(prompt)).toHaveLength(1);
});
