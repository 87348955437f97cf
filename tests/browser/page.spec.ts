import type { Request } from '@playwright/test';
import { v7 } from 'uuid';
import { LIMITS } from '#lib/protocol/limits.ts';
import { expectedReply } from '#tests/support/scenario-options.ts';
import { expect, test } from './app.ts';
import { callOf, isHeld, isOver } from './calls.ts';
import { replyByHand } from './reply-by-hand.ts';

test('the first send moves the address without loading the page, and New chat begins another', async ({ tab, say }) => {
  const [prompt, another] = [say('steady'), say('steady')];
  const loads: string[] = [];
  tab.page.on('request', (request) => request.isNavigationRequest() && loads.push(request.url()));
  await tab.page.evaluate(() => Object.assign(window, { isMarked: true }));
  expect(new URL(tab.page.url()).pathname).toBe('/');
  await tab.send(prompt);
  await expect(tab.page).toHaveURL(/\/c\/[0-9a-f-]{36}$/);
  const first = tab.conversationId;
  await tab.shows(prompt, { status: 'completed', text: expectedReply(prompt) });

  await tab.list.getByRole('link', { name: 'New chat' }).click();
  await expect(tab.page).toHaveURL(/\/$/);
  await expect(tab.turns).toHaveCount(0);
  await tab.send(another);
  await tab.shows(another, { status: 'completed', text: expectedReply(another) });
  expect(tab.conversationId).not.toBe(first);
  await tab.page.goBack();
  await tab.page.goBack();
  await expect(tab.page).toHaveURL(new RegExp(first));
  await tab.shows(prompt, { status: 'completed', text: expectedReply(prompt) });
  expect(await tab.page.evaluate(() => 'isMarked' in window)).toBe(true);
  expect(loads).toEqual([]);
});

test('[GW3] [DEL1] [DEL2] the list follows in two tabs: a new conversation, its deletion, its return', async ({
  tab,
  openTab,
  say,
  endpoint,
}) => {
  const prompt = say('hold after=3');
  await tab.send(prompt);
  const other = await openTab();
  const begun = expectedReply(prompt, { tokens: 3 });
  for (const each of [tab, other]) {
    await each.showsText(prompt, begun);
    await expect(each.list.getByRole('link', { name: prompt })).toHaveAttribute('aria-current', 'page');
  }
  await tab.list.getByRole('button', { name: `Delete ${prompt}` }).click();
  await expect(other.page.getByRole('heading', { name: 'This conversation was deleted' })).toBeVisible();
  for (const each of [tab, other]) await expect(each.list.getByRole('link', { name: prompt })).toHaveCount(0);
  await expect(tab.page).toHaveURL(/\/$/);
  expect(await callOf(endpoint, prompt, isOver)).toMatchObject({ endedBy: 'client' });

  await tab.page.getByRole('button', { name: 'Undo' }).click();
  for (const each of [tab, other]) {
    await expect(each.list.getByRole('link', { name: prompt })).toBeVisible();
    await each.shows(prompt, { status: 'stopped', text: begun });
  }
  const next = say('steady');
  await other.send(next);
  for (const each of [tab, other]) await each.shows(next, { status: 'completed', text: expectedReply(next) });
});

test('a reply is copied whole', async ({ context, tab, say }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const prompt = say('steady tokens=130 markdown=1');
  await tab.send(prompt);
  await tab.hasStatus(prompt, 'completed');
  await tab.turn(prompt).getByRole('button', { name: 'Copy reply' }).click();
  await expect(tab.turn(prompt).getByRole('button', { name: 'Copied' })).toBeVisible();
  expect(await tab.page.evaluate(() => navigator.clipboard.readText())).toBe(expectedReply(prompt));
});

test('[API3] [CTX3] a prompt that is too long is refused in its place; one too long for the model alone, in words', async ({
  endpoint,
  tab,
  say,
}) => {
  const fits = `${say('steady')}\n`.padEnd(LIMITS.promptLength, 'long ');
  await tab.box.fill(`${fits}!`);
  await tab.button('Send').click();
  await expect(tab.page.getByText('32,001 characters: at most 32,000 fit')).toBeVisible();
  await expect(tab.box).toHaveValue(`${fits}!`);
  await expect(tab.box).toHaveAttribute('aria-invalid', 'true');
  await expect(tab.turns).toHaveCount(0);
  await tab.box.press('End');
  await tab.box.press('Backspace');
  await tab.button('Send').click();
  await expect(tab.turns).toHaveAttribute('data-status', 'failed');
  expect(await tab.turns.locator('[data-part="prompt"]').textContent()).toBe(fits);
  await expect(tab.turns.getByRole('alert')).toContainText('This message is too long for the model');
  expect(await endpoint.callsOf(fits)).toEqual([]);
});

test('by keyboard alone: send, stop by its button, interject, queue', async ({ endpoint, tab, say }) => {
  const { keyboard } = tab.page;
  const [first, second, third, queued] = [say('hold after=3'), say('gate-first'), say('hold after=2'), say('steady')];
  await keyboard.insertText(first);
  await keyboard.press('Enter');
  await tab.showsText(first, expectedReply(first, { tokens: 3 }));
  await keyboard.press('Tab');
  await expect(tab.button('Stop')).toBeFocused();
  await keyboard.press('Enter');
  await tab.shows(first, { status: 'stopped', text: expectedReply(first, { tokens: 3 }) });
  // Its button has gone: whoever used it must not be left at the top of the page.
  await expect(tab.box).toBeFocused();
  await keyboard.insertText(second);
  await keyboard.press('Enter');
  await callOf(endpoint, second, isHeld);
  await expect(tab.button('Interject')).toBeVisible();
  await keyboard.insertText(third);
  await keyboard.press('Enter');
  await tab.shows(second, { status: 'interrupted', text: '' });
  await keyboard.insertText(queued);
  await keyboard.press('Control+Enter');
  await tab.hasStatus(queued, 'queued');
  await keyboard.press('Escape');
  await tab.hasStatus(third, 'stopped');
  await tab.shows(queued, { status: 'completed', text: expectedReply(queued) });
});

test('[SEC3] every page has a policy with a nonce of its own, and keeps it', async ({ tab, say, troubles }) => {
  const prompt = say('steady');
  await tab.send(prompt);
  await tab.hasStatus(prompt, 'completed');
  // What there is no page for is said with a 404, which the browser notes.
  troubles.allow(/status of 404/);
  const nonces = new Set<string>();
  const addresses = ['/', `/c/${tab.conversationId}`, '/c/00000000-0000-4000-8000-000000000000', '/nowhere', '/'];
  for (const address of addresses) {
    const response = await tab.page.goto(address);
    const policy = response?.headers()['content-security-policy'] ?? '';
    expect(policy, address).toMatch(/(^|; )default-src 'self'/);
    const scripts = /(?:^|; )script-src ([^;]*)/.exec(policy)?.[1] ?? '';
    const nonce = /'nonce-([^']+)'/.exec(scripts)?.[1];
    expect(nonce, address).toBeDefined();
    nonces.add(nonce!);
    expect(scripts).not.toMatch(/unsafe-inline|unsafe-eval|https?:/);
    await expect(tab.list).toBeVisible();
    const inline = await tab.page
      .locator('script:not([src])')
      .evaluateAll((all) => all.map((script) => (script as HTMLScriptElement).nonce));
    expect(new Set(inline), address).toEqual(new Set([nonce]));
  }
  expect(nonces.size).toBe(addresses.length);
  await expect(tab.box).toBeFocused();
});

test('an address that names nothing says so', async ({ tab, troubles }) => {
  troubles.allow(/status of 404/);
  await tab.page.goto('/c/00000000-0000-4000-8000-000000000000');
  await expect(tab.page.getByRole('heading', { name: 'There is no such conversation' })).toBeVisible();
  await tab.page.getByRole('link', { name: 'Begin a new chat' }).click();
  await tab.ready();
});

test('[PAGE11] a conversation is asked for by its document, and not again by the scripts', async ({
  app,
  tab,
  browser,
}) => {
  const id = v7();
  await (await replyByHand(app, id, 'said before')).finish();
  const isOurs = (request: Request) => request.url().endsWith(`/api/conversations/${id}`);
  const asked: Request[] = [];
  tab.page.on('request', (request) => isOurs(request) && asked.push(request));
  await tab.open(id);
  await tab.hasStatus('said before', 'completed');
  expect(asked).toHaveLength(1);
  const context = await browser.newContext({ baseURL: app.url, javaScriptEnabled: false });
  const page = await context.newPage();
  await Promise.all([page.waitForRequest(isOurs), page.goto(`/c/${id.toUpperCase()}`)]);
  await context.close();
});
