import { expect, test } from './app.ts';

test('[PAGE2] on a narrow page the conversations are a drawer: it takes the focus, Esc closes it and stops no turn', async ({
  tab,
  say,
}) => {
  const { page } = tab;
  await page.setViewportSize({ width: 320, height: 640 });
  const prompt = say('gate-first');
  await tab.send(prompt);
  const menu = page.getByRole('button', { name: 'Menu' });
  await expect(tab.list).toBeHidden();
  await menu.click();
  await expect(tab.list).toBeVisible();
  await expect(
    page.getByRole('dialog', { name: 'Menu' }).locator('xpath=descendant-or-self::*').and(page.locator(':focus')),
  ).toHaveCount(1);
  await page.keyboard.press('Escape');
  await expect(tab.list).toBeHidden();
  await expect(menu).toBeFocused();
  await tab.hasStatus(prompt, 'running');

  await menu.click();
  await tab.list.getByRole('link', { name: 'New chat' }).click();
  await expect(tab.list).toBeHidden();
  await expect(tab.turns).toHaveCount(0);
  await expect(tab.box).toBeFocused();
});

test('a menu that is open when the page becomes wide gives way to the list beside it', async ({ tab }) => {
  await tab.page.setViewportSize({ width: 320, height: 640 });
  await tab.page.getByRole('button', { name: 'Menu' }).click();
  await expect(tab.page.getByRole('dialog')).toBeVisible();
  await tab.page.setViewportSize({ width: 1280, height: 640 });
  await expect(tab.page.getByRole('dialog')).toBeHidden();
  await tab.list.getByRole('link', { name: 'Settings' }).click();
  await expect(tab.page.getByRole('heading', { name: 'Settings' })).toBeVisible();
});

test('`?` shows every shortcut, but not where something is being typed; Esc closes it and stops no turn', async ({
  tab,
  say,
}) => {
  const { page } = tab;
  const prompt = say('gate-first');
  await tab.send(prompt);
  const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await tab.box.pressSequentially('what?');
  await expect(tab.box).toHaveValue('what?');
  await expect(sheet).toBeHidden();
  await page.getByRole('region', { name: 'Transcript' }).focus();
  await page.keyboard.press('?');
  await expect(sheet).toBeVisible();
  for (const keys of ['Enter', 'Ctrl+Enter', 'Shift+Enter', 'Esc', '↑', '?']) {
    await expect(sheet.getByRole('term').filter({ hasText: keys }).first()).toBeVisible();
  }
  await page.keyboard.press('Escape');
  await expect(sheet).toBeHidden();
  await tab.hasStatus(prompt, 'running');
  await tab.list.getByRole('button', { name: 'Keyboard shortcuts' }).click();
  await expect(sheet).toBeVisible();
  await sheet.getByRole('button', { name: 'Close' }).click();
  await expect(sheet).toBeHidden();
});
