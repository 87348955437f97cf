import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expectedReply } from '#tests/support/scenario-options.ts';
import { expect, test } from './app.ts';

const LOOKS = [
  { width: 1280, height: 800, colorScheme: 'light' },
  { width: 320, height: 640, colorScheme: 'light' },
  { width: 1280, height: 800, colorScheme: 'dark' },
  { width: 320, height: 640, colorScheme: 'dark' },
] as const;
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** All that a theme changes. */
const COLOURS = { type: 'rule' as const, values: ['color-contrast'] };

test.describe.configure({ timeout: 120_000 });

/** Without frames in it a page can be judged where it is; the other mode opens one more page each time. */
const axe = (page: Page) => new AxeBuilder({ page }).setLegacyMode(true);

/** Nothing is found in any look, and nothing is wider than the page. */
async function expectSound(page: Page, rules: Record<string, { enabled: boolean }> = {}): Promise<void> {
  for (const { width, height, colorScheme } of LOOKS) {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const what = colorScheme === 'light' ? { runOnly: TAGS, rules } : { runOnly: COLOURS };
    const { violations } = await axe(page).options(what).analyze();
    const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join('\n')}`);
    expect(found, `${width} px, ${colorScheme}`).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  }
}

test('axe finds nothing: a new chat, the settings, an address that names nothing', async ({ tab, troubles }) => {
  troubles.allow(/status of 404/);
  await expect(tab.page.getByRole('list', { name: 'Prompts to try' })).toBeVisible();
  await expectSound(tab.page);
  await tab.page.goto('/settings');
  await expect(tab.page.getByRole('heading', { name: 'Settings' })).toBeVisible();
  await expectSound(tab.page);
  await tab.page.goto('/c/00000000-0000-4000-8000-000000000000');
  await expect(tab.page.getByRole('heading', { name: 'There is no such conversation' })).toBeVisible();
  await expectSound(tab.page);
});

test('axe finds nothing: text that streams, what waits behind it, a cut and a failed reply', async ({ tab, say }) => {
  const [rich, failed, cut, running, queued] = [
    say('steady tokens=150 markdown=1'),
    say('fail status=400'),
    say('hold after=5'),
    say('hold after=20'),
    say('steady'),
  ];
  await tab.send(rich);
  await tab.hasStatus(rich, 'completed');
  await tab.send(failed);
  await tab.hasStatus(failed, 'failed');
  await tab.send(cut);
  await tab.showsText(cut, expectedReply(cut, { tokens: 5 }));
  await tab.send(running, 'Interject');
  await tab.showsText(running, expectedReply(running, { tokens: 20 }));
  await tab.send(queued, 'Queue');
  await tab.hasStatus(queued, 'queued');
  await expectSound(tab.page);
  await tab.page.getByRole('region', { name: 'Queue' }).getByRole('button', { name: 'Edit message' }).click();
  await expectSound(tab.page);
});

test('axe finds nothing: menus and dialogs', async ({ tab, say }) => {
  const { page } = tab;
  const prompt = say('steady');
  await tab.send(prompt);
  await tab.hasStatus(prompt, 'completed');
  await tab.turn(prompt).getByRole('button', { name: 'More' }).click();
  await expect(page.getByRole('menu')).toBeVisible();
  // A menu belongs to its button, not to a landmark.
  await expectSound(page, { region: { enabled: false } });
  await page.getByRole('menuitem', { name: 'Details' }).click();
  await expect(page.getByRole('dialog', { name: 'Details' })).toBeVisible();
  await expectSound(page);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Settings of this conversation' }).click();
  await expect(page.getByRole('dialog', { name: 'This conversation' })).toBeVisible();
  await expectSound(page);
  await page.keyboard.press('Escape');
  await page.getByRole('region', { name: 'Transcript' }).focus();
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
  await expectSound(page);
  await page.keyboard.press('Escape');
  await page.setViewportSize({ width: 320, height: 640 });
  await page.getByRole('button', { name: 'Menu' }).click();
  await expect(page.getByRole('dialog', { name: 'Menu' })).toBeVisible();
  const { violations } = await axe(page).withTags(TAGS).analyze();
  expect(violations).toEqual([]);
});

test('[PAGE7] a screen reader hears that it answers, has finished or was stopped, and no word of the text', async ({
  tab,
  say,
}) => {
  const said = tab.page.getByRole('status', { name: 'Progress' });
  const heard = await said.evaluateHandle((region) => {
    const heard: string[] = [];
    new MutationObserver(() => heard.push(region.textContent ?? '')).observe(region, {
      subtree: true,
      childList: true,
      characterData: true,
    });
    return heard;
  });
  const [first, second] = [say('steady tokens=40 rate=40'), say('hold after=5')];
  await tab.send(first);
  await expect(said).toHaveText('Finished');
  await tab.send(second);
  await tab.showsText(second, expectedReply(second, { tokens: 5 }));
  await tab.button('Stop').click();
  await expect(said).toHaveText('Stopped');
  expect((await heard.jsonValue()).filter((words) => words !== '')).toEqual([
    'Answering',
    'Finished',
    'Answering',
    'Stopped',
  ]);
  await expect(tab.page.locator('[aria-live]:not([aria-live="off"]) [data-part="reply"]')).toHaveCount(0);
});

test('at 200 % zoom everything can be read and pressed', async ({ tab, say }) => {
  // What a browser of 1280 px shows at 200 %.
  await tab.page.setViewportSize({ width: 640, height: 360 });
  const prompt = say('hold after=40 tokens=60');
  await tab.send(prompt);
  await tab.showsText(prompt, expectedReply(prompt, { tokens: 40 }));
  await expect(tab.box).toBeInViewport();
  for (const name of ['Stop', 'Interject', 'Queue'] as const) await expect(tab.button(name)).toBeInViewport();
  expect(await tab.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  await tab.button('Stop').click();
  await tab.hasStatus(prompt, 'stopped');
});
