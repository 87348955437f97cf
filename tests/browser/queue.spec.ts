import { expectedReply } from '#tests/support/scenario-options.ts';
import { expect, test } from './app.ts';
import { callOf } from './calls.ts';

test('[SEND4] what is queued, by button or by Ctrl+Enter, is answered after, in order', async ({
  endpoint,
  tab,
  openTab,
  say,
}) => {
  const [first, second, third] = [say('hold after=5'), say('steady'), say('steady')];
  await tab.send(first);
  const other = await openTab();
  await tab.showsText(first, expectedReply(first, { tokens: 5 }));
  await tab.send(second, 'Queue');
  await tab.box.fill(third);
  await tab.box.press('Control+Enter');
  for (const each of [tab, other]) {
    await each.showsPrompts([first, second, third]);
    for (const waiting of [second, third]) await each.shows(waiting, { status: 'queued', text: '' });
    await expect(each.turn(third)).toContainText('Waiting its turn');
  }
  await endpoint.release(first);
  for (const each of [tab, other]) {
    for (const prompt of [first, second, third]) {
      await each.shows(prompt, { status: 'completed', text: expectedReply(prompt) });
    }
  }
  const [a, b, c] = await Promise.all([first, second, third].map((prompt) => callOf(endpoint, prompt)));
  expect([a!.n, b!.n, c!.n]).toEqual([a!.n, b!.n, c!.n].sort((one, other) => one - other));
  expect(b!.at).toBeGreaterThan(a!.closedAt!);
  expect(c!.at).toBeGreaterThan(b!.closedAt!);
});

test('[SEND4] while a turn runs the box is free, and one that stands alone is sent', async ({ endpoint, tab, say }) => {
  const first = say('gate-first');
  await tab.send(first);
  await expect(tab.box).toBeEnabled();
  await expect(tab.box).toHaveValue('');
  await tab.box.fill('one line');
  await tab.box.press('Shift+Enter');
  await tab.box.pressSequentially('and one more');
  await expect(tab.box).toHaveValue('one line\nand one more');
  await endpoint.release(first);
  await tab.shows(first, { status: 'completed', text: expectedReply(first) });
  await expect(tab.button('Send')).toBeVisible();
  await expect(tab.button('Queue')).toBeHidden();
  await expect(tab.box).toHaveValue('one line\nand one more');
});
