import { expectedReply } from '#tests/support/scenario-options.ts';
import { expect, test } from './app.ts';
import { callOf, isHeld, isOver } from './calls.ts';
import type { ConversationPage } from './conversation-page.ts';

const tray = ({ page }: ConversationPage) => page.getByRole('region', { name: 'Queue' });
const within = (tab: ConversationPage, prompt: string, name: string) =>
  tray(tab).getByRole('article').filter({ hasText: prompt }).getByRole('button', { name });

test('[PAGE3] [WAIT2] [WAIT3] what waits stands in a tray, is moved, edited and removed there, and survives a reload in every tab', async ({
  endpoint,
  tab,
  openTab,
  say,
}) => {
  const [running, a, b, c, edited] = [say('hold after=3'), say('steady'), say('steady'), say('steady'), say('steady')];
  await tab.send(running);
  await tab.showsText(running, expectedReply(running, { tokens: 3 }));
  for (const prompt of [a, b, c]) await tab.send(prompt, 'Queue');
  const other = await openTab();
  for (const each of [tab, other]) {
    await each.showsPrompts([running, a, b, c]);
    await expect(tray(each).getByRole('article')).toHaveCount(3);
    await expect(tray(each).getByRole('heading', { name: '3 messages wait' })).toBeVisible();
  }

  // By keyboard: its button has the focus and Enter presses it.
  await within(tab, c, 'Move up').focus();
  await tab.page.keyboard.press('Enter');
  for (const each of [tab, other]) await each.showsPrompts([running, a, c, b]);
  await within(other, a, 'Move down').click();
  for (const each of [tab, other]) await each.showsPrompts([running, c, a, b]);
  await expect(within(tab, c, 'Move up')).toHaveAttribute('aria-disabled', 'true');

  await within(tab, a, 'Edit message').click();
  await tab.page.getByRole('textbox', { name: 'Edit message' }).fill(edited);
  await tab.page.getByRole('button', { name: 'Save' }).click();
  for (const each of [tab, other]) await each.showsPrompts([running, c, edited, b]);
  await within(tab, b, 'Remove').click();
  await tab.hasStatus(b, 'stopped');
  await tab.reload();
  await expect(tray(tab).getByRole('article')).toHaveCount(2);

  await endpoint.release(running);
  for (const each of [tab, other]) {
    for (const prompt of [c, edited]) {
      await each.shows(prompt, { status: 'completed', text: expectedReply(prompt) });
    }
    await expect(tray(each)).toBeHidden();
  }
  const [first, second] = await Promise.all([c, edited].map((prompt) => callOf(endpoint, prompt)));
  expect(second!.at).toBeGreaterThan(first!.closedAt!);
  for (const prompt of [a, b]) expect(await endpoint.callsOf(prompt)).toEqual([]);
});

for (const by of ['mouse', 'finger'] as const) {
  test(`[PAGE3] [WAIT3] what waits is dragged to another place by a ${by}, and the order holds in every tab`, async ({
    endpoint,
    tab,
    openTab,
    say,
  }) => {
    const [running, a, b, c] = [say('gate-first'), say('steady'), say('steady'), say('steady')];
    await tab.send(running);
    await callOf(endpoint, running, isHeld);
    for (const prompt of [a, b, c]) await tab.send(prompt, 'Queue');
    const other = await openTab();
    for (const each of [tab, other]) await each.showsPrompts([running, a, b, c]);
    await drag(tab, c, a, by);
    await expect(tab.page.getByRole('status', { name: 'Queue’s news' })).toHaveText('Now number 1 of 3');
    for (const each of [tab, other]) await each.showsPrompts([running, c, a, b]);
    await tab.reload();
    await tab.showsPrompts([running, c, a, b]);
  });
}

/** Takes one by its handle and lets it go over the upper half of another. */
async function drag(tab: ConversationPage, prompt: string, onto: string, by: 'mouse' | 'finger'): Promise<void> {
  await tab.page.bringToFront();
  const article = (text: string) => tray(tab).getByRole('article').filter({ hasText: text });
  const grip = (await article(prompt).getByTitle('Drag to another place').boundingBox())!;
  const there = (await article(onto).boundingBox())!;
  const from = { x: grip.x + grip.width / 2, y: grip.y + grip.height / 2 };
  const steps = 10;
  const path = Array.from({ length: steps }, (_, n) => ({
    x: from.x,
    y: from.y + ((there.y + 2 - from.y) * (n + 1)) / steps,
  }));
  if (by === 'mouse') {
    await tab.page.mouse.move(from.x, from.y);
    await tab.page.mouse.down();
    for (const { x, y } of path) await tab.page.mouse.move(x, y);
    await expect(article(prompt)).toHaveAttribute('data-dragging');
    await tab.page.mouse.up();
    return;
  }
  const session = await tab.page.context().newCDPSession(tab.page);
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', touchPoints: { x: number; y: number }[]) =>
    session.send('Input.dispatchTouchEvent', { type, touchPoints });
  await touch('touchStart', [from]);
  for (const point of path) await touch('touchMove', [point]);
  await expect(article(prompt)).toHaveAttribute('data-dragging');
  await touch('touchEnd', []);
}

test('[WAIT4] Send now ends the running reply, goes first, and says after which words', async ({
  endpoint,
  tab,
  say,
}) => {
  const [running, a, b] = [say('hold after=6'), say('steady'), say('hold after=2')];
  await tab.send(running);
  const cut = expectedReply(running, { tokens: 6 });
  await tab.showsText(running, cut);
  await tab.send(a, 'Queue');
  await tab.send(b, 'Queue');
  await tab.hasStatus(b, 'queued');
  await within(tab, b, 'Send now').click();
  await tab.shows(running, { status: 'interrupted', text: cut });
  await tab.showsText(b, expectedReply(b, { tokens: 2 }));
  await tab.showsPrompts([running, b, a]);
  expect(await callOf(endpoint, running, isOver)).toMatchObject({ endedBy: 'client' });
  await expect(tab.turn(b)).toContainText(`Interjected after “…${cut.split(' ').slice(-5).join(' ')}”`);
  await expect(tab.turn(running)).toContainText('Interrupted by what you said next');
  await endpoint.release(b);
  await tab.shows(a, { status: 'completed', text: expectedReply(a) });
});

test('[WAIT1] one that began meanwhile is not changed, and the tray says so', async ({
  endpoint,
  tab,
  say,
  troubles,
}) => {
  troubles.allow(/status of 409/);
  const [running, waiting] = [say('gate-first'), say('gate-first')];
  await tab.send(running);
  await callOf(endpoint, running, isHeld);
  await tab.send(waiting, 'Queue');
  await tab.hasStatus(waiting, 'queued');
  const { promise, resolve } = Promise.withResolvers<void>();
  await tab.page.route('**/turns/*', async (route) => {
    await promise;
    await route.continue();
  });
  await within(tab, waiting, 'Send now').click();
  await endpoint.release(running);
  await callOf(endpoint, waiting, isHeld);
  resolve();
  await expect(tab.page.getByRole('status', { name: 'Queue’s news' })).toContainText('Not changed');
  await tab.hasStatus(waiting, 'running');
  await endpoint.release(waiting);
  await tab.shows(waiting, { status: 'completed', text: expectedReply(waiting) });
});

test('[PAGE4] what a message is being changed to is not lost: to a lost connection, or to its own beginning', async ({
  endpoint,
  tab,
  say,
  troubles,
}) => {
  troubles.allowLostConnections();
  const [running, waiting, first, second] = [say('gate-first'), say('gate-first'), say('gate-first'), say('steady')];
  await tab.send(running);
  await callOf(endpoint, running, isHeld);
  await tab.send(waiting, 'Queue');
  await tab.hasStatus(waiting, 'queued');
  const editor = tab.page.getByRole('textbox', { name: 'Edit message' });
  await within(tab, waiting, 'Edit message').click();
  await editor.fill(first);
  await tab.page.context().setOffline(true);
  await tab.page.getByRole('button', { name: 'Save' }).click();
  await expect(tab.page.getByRole('status', { name: 'Queue’s news' })).toContainText('Not changed');
  await expect(editor).toHaveValue(first);
  await tab.page.context().setOffline(false);
  await tab.page.getByRole('button', { name: 'Save' }).click();
  await expect(editor).toBeHidden();
  await tab.hasStatus(first, 'queued');

  await within(tab, first, 'Edit message').click();
  await expect(editor).toHaveValue(first);
  await editor.fill(second);
  await endpoint.release(running);
  await callOf(endpoint, first, isHeld);
  // It stands in the transcript now, where a change is a question of its own.
  await expect(tab.page.getByRole('button', { name: 'Ask again' })).toBeVisible();
  await expect(editor).toHaveValue(second);
  await editor.press('Escape');
  await expect(editor).toBeHidden();
  await tab.turn(first).hover();
  await tab.turn(first).getByRole('button', { name: 'Edit message' }).click();
  await expect(editor).toHaveValue(first);
  await endpoint.release(first);
});

test('[PAGE2] a setting swaps Enter and Ctrl+Enter', async ({ endpoint, tab, say }) => {
  const [first, queued, interjected] = [say('hold after=3'), say('steady'), say('steady')];
  await tab.page.getByRole('link', { name: 'Settings' }).click();
  await tab.page.getByRole('radio', { name: 'Enter queues, Ctrl+Enter interjects' }).click();
  await tab.open();
  await tab.send(first);
  await tab.showsText(first, expectedReply(first, { tokens: 3 }));
  await tab.box.fill(queued);
  await tab.box.press('Enter');
  await tab.hasStatus(queued, 'queued');
  await tab.box.fill(interjected);
  await tab.box.press('Control+Enter');
  await tab.hasStatus(first, 'interrupted');
  for (const prompt of [interjected, queued]) {
    await tab.shows(prompt, { status: 'completed', text: expectedReply(prompt) });
  }
  await tab.showsPrompts([first, interjected, queued]);
  expect(await callOf(endpoint, first, isOver)).toMatchObject({ endedBy: 'client' });
});
