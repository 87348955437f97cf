import { expectedReply } from '#tests/support/scenario-options.ts';
import { expect, test } from './app.ts';
import { ConversationPage } from './conversation-page.ts';

test('[PAGE4] what is written in two new chats at once stays apart, and each is sent as it was written', async ({
  tab,
  context,
  say,
}) => {
  const [here, there] = [say('steady'), say('steady')];
  const other = new ConversationPage(await context.newPage());
  await other.open();
  await tab.box.fill(here);
  await other.box.fill(there);
  await other.reload();
  await expect(other.box).toHaveValue(there);
  await expect(tab.box).toHaveValue(here);
  await tab.button('Send').click();
  await tab.shows(here, { status: 'completed', text: expectedReply(here) });
  await expect(other.box).toHaveValue(there);
});

test('[PAGE4] what is written after the first send stays in the box, however late the address changes', async ({
  tab,
  say,
}) => {
  const [first, second] = [say('hold after=5'), say('steady')];
  await tab.open();
  // As on a page that is busy with its text: it changes the address when it has time.
  await tab.page.evaluate(() => {
    const push = window.history.pushState.bind(window.history);
    window.history.pushState = (...to) => void Object.assign(window, { changeAddress: () => push(...to) });
  });
  await tab.send(first);
  await tab.showsText(first, expectedReply(first, { tokens: 5 }));
  await tab.box.fill(second);
  await tab.page.evaluate(() => (window as unknown as { changeAddress: () => void }).changeAddress());
  await expect(tab.list.getByRole('link', { name: first })).toHaveAttribute('aria-current', 'page');
  await expect(tab.box).toHaveValue(second);
  await tab.reload();
  await expect(tab.box).toHaveValue(second);
  await tab.list.getByRole('link', { name: 'New chat' }).click();
  await expect(tab.page.getByRole('heading', { name: 'What shall we talk about?' })).toBeVisible();
  await expect(tab.box).toHaveValue('');
});

test('[PAGE4] who tries a prompt keeps what stands in the box', async ({ tab }) => {
  await tab.open();
  await tab.box.fill('half a thought');
  await tab.page.getByRole('list', { name: 'Prompts to try' }).getByRole('button').first().click();
  await expect(tab.page).toHaveURL(/\/c\//);
  await expect(tab.page.getByRole('article')).toBeVisible();
  await expect(tab.box).toHaveValue('half a thought');
  await tab.reload();
  await expect(tab.box).toHaveValue('half a thought');
});

test('[PAGE4] a draft is kept per conversation, over a reload and in every tab, until it is sent', async ({
  tab,
  openTab,
  say,
}) => {
  const [first, second] = [say('steady'), say('steady')];
  await tab.send(first);
  await tab.hasStatus(first, 'completed');
  const here = tab.conversationId;
  const draft = say('steady');
  await tab.box.fill(draft);
  await tab.reload();
  await expect(tab.box).toHaveValue(draft);
  const other = await openTab();
  await expect(other.box).toHaveValue(draft);
  await other.box.fill(`${draft}, and more`);
  await expect(tab.box).toHaveValue(`${draft}, and more`);

  await tab.list.getByRole('link', { name: 'New chat' }).click();
  await expect(tab.box).toHaveValue('');
  await tab.send(second);
  await tab.hasStatus(second, 'completed');
  await expect(tab.box).toHaveValue('');
  await tab.open(here);
  await expect(tab.box).toHaveValue(`${draft}, and more`);
  await tab.box.fill(draft);
  await tab.box.press('Enter');
  await tab.shows(draft, { status: 'completed', text: expectedReply(draft) });
  await expect(tab.box).toHaveValue('');
  await expect(other.box).toHaveValue('');
  await tab.reload();
  await expect(tab.box).toHaveValue('');
});

test('[PAGE4] two tabs that write in the same conversation lose no words, and are sent as each was written', async ({
  tab,
  openTab,
  say,
}) => {
  const [first, here, there] = [say('steady'), say('steady'), say('steady')];
  await tab.send(first);
  await tab.hasStatus(first, 'completed');
  const other = await openTab();
  // Storage that takes nothing for a while is a tab that has not kept its words yet.
  await tab.page.evaluate(() => {
    Object.assign(window, { setItem: Storage.prototype.setItem });
    Storage.prototype.setItem = () => {
      throw new Error('Not now.');
    };
  });
  await tab.box.fill(here);
  await other.box.fill(there);
  const kept = () => tab.page.evaluate((id) => localStorage.getItem(`parley.draft.${id}`), tab.conversationId);
  await expect.poll(kept).toBe(there);
  await tab.page.evaluate(() => Object.assign(Storage.prototype, { setItem: Reflect.get(window, 'setItem') }));
  await tab.box.press('End');
  await tab.box.pressSequentially('!');
  await expect(other.box).toHaveValue(there);
  await tab.reload();
  await expect(tab.box).toHaveValue(`${here}!`);
  await expect(other.box).toHaveValue(there);

  await other.button('Send').click();
  await tab.shows(there, { status: 'completed', text: expectedReply(there) });
  await expect(tab.box).toHaveValue(`${here}!`);
  await expect.poll(kept).toBe(`${here}!`);
  await expect(other.box).toHaveValue(`${here}!`);
  await tab.box.press('Enter');
  await other.hasStatus(`${here}!`, 'completed');
  await expect(other.box).toHaveValue('');
});

test('the box grows with its text, to 40 % of the height and no further', async ({ tab }) => {
  await tab.page.setViewportSize({ width: 800, height: 600 });
  const height = async () => (await tab.box.boundingBox())!.height;
  const empty = await height();
  await tab.box.fill('one\ntwo\nthree\nfour\nfive');
  const five = await height();
  expect(five).toBeGreaterThan(empty);
  await tab.box.fill('line\n'.repeat(200));
  expect(await height()).toBeCloseTo(0.4 * 600, 0);
  await tab.box.fill('');
  expect(await height()).toBe(empty);
});

test('a paste of 100,000 lines is kept and said to be too long, and the box goes on', async ({ tab, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const lines = 'a line of a log that somebody wants to be read\n'.repeat(100_000);
  await tab.page.evaluate((text) => navigator.clipboard.writeText(text), lines);
  await tab.box.press('Control+v');
  const tooLong = tab.page.getByText('4,700,000 characters: at most 32,000 fit');
  const kept = tab.page.getByText('Pasted: 100,000 lines');
  await expect(tooLong).toBeVisible();
  await expect(kept).toBeVisible();
  await expect(tab.page.getByText('too long to be kept over a reload')).toBeVisible();
  await tab.box.press('x');
  await expect(tab.page.getByText('4,700,001 characters')).toBeVisible();
  await tab.button('Send').click();
  await expect(tab.turns).toHaveCount(0);
  await expect(kept).toBeVisible();
  await tab.page.getByRole('button', { name: 'Discard what was pasted' }).click();
  await expect(kept).toBeHidden();
  await expect(tab.page.getByText('at most 32,000 fit')).toBeHidden();
  await expect(tab.box).toHaveValue('x');
});

test('[PAGE2] an input method’s Enter ends its composition and sends nothing', async ({ tab, say }) => {
  const session = await tab.page.context().newCDPSession(tab.page);
  await tab.box.focus();
  await session.send('Input.imeSetComposition', { text: 'にほん', selectionStart: 3, selectionEnd: 3 });
  await expect(tab.box).toHaveValue('にほん');
  for (const type of ['keyDown', 'keyUp'] as const) {
    await session.send('Input.dispatchKeyEvent', { type, key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 229 });
  }
  await session.send('Input.insertText', { text: '日本' });
  await expect(tab.box).toHaveValue('日本');
  await expect(tab.turns).toHaveCount(0);
  const prompt = say('steady');
  await tab.box.fill(prompt);
  await tab.box.press('Enter');
  await tab.shows(prompt, { status: 'completed', text: expectedReply(prompt) });
});

test('[PAGE4] a message that was refused stays in sight over a reload, with Try again', async ({
  tab,
  say,
  troubles,
}) => {
  // The browser notes the refusal, and that the conversation does not exist yet.
  troubles.allow(/status of 40[04]/);
  const [prompt, next] = [say('steady'), say('steady')];
  let isRefusing = true;
  await tab.page.route('**/turns', (route) =>
    isRefusing
      ? route.fulfill({ status: 400, json: { error: { code: 'refused', message: 'Not today.' } } })
      : route.continue(),
  );
  await tab.send(prompt);
  const alert = () => tab.turn(prompt).getByRole('alert');
  await expect(alert()).toContainText('Not sent: Not today.');
  await tab.reload();
  await expect(alert()).toContainText('Not sent: Not today.');
  isRefusing = false;
  await alert().getByRole('button', { name: 'Try again' }).click();
  await tab.shows(prompt, { status: 'completed', text: expectedReply(prompt) });
  await tab.send(next);
  await tab.shows(next, { status: 'completed', text: expectedReply(next) });
});
