import { expect, test } from './app.ts';

test('[PAGE8] a theme is chosen in the settings, kept, and drawn from the first picture on', async ({ tab }) => {
  const { page } = tab;
  const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  await page.emulateMedia({ colorScheme: 'light' });
  const light = await background();
  await page.emulateMedia({ colorScheme: 'dark' });
  const dark = await background();
  expect(dark).not.toBe(light);

  await tab.list.getByRole('link', { name: 'Settings' }).click();
  await expect(page.getByRole('heading', { name: 'Settings' })).toBeVisible();
  const themes = page.getByRole('radiogroup', { name: 'Theme' });
  await expect(themes.getByRole('radio', { name: 'As the system' })).toBeChecked();
  await themes.getByRole('radio', { name: 'Light' }).click();
  expect(await background()).toBe(light);

  // The server draws it: no script of ours has to run before. The browser's own process learns of a cookie a moment later.
  const drawn = async () =>
    /<html[^>]*data-theme="(\w+)"/.exec(await (await page.context().request.get('/')).text())?.[1];
  await expect.poll(drawn).toBe('light');
  await tab.open();
  expect(await background()).toBe(light);
  await page.goto('/settings');
  await page.getByRole('radio', { name: 'Dark' }).click();
  await page.emulateMedia({ colorScheme: 'light' });
  expect(await background()).toBe(dark);
  await page.getByRole('radio', { name: 'As the system' }).click();
  expect(await background()).toBe(light);
});
