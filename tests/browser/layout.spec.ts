import type { Page } from '@playwright/test';
import { expectedReply } from '#tests/support/scenario-options.ts';
import { expect, test } from './app.ts';
import { ConversationPage } from './conversation-page.ts';

const SIZES = [
  { width: 320, height: 568 },
  { width: 3840, height: 2160 },
];

/** What is scrolled is scrolled inside: were the page itself longer than its window, a focus could move its header away. */
const isAsHighAsThePage = (page: Page) =>
  page.locator('.page').evaluate(({ scrollHeight, clientHeight }) => scrollHeight <= clientHeight);

const isAsWideAsThePage = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);

for (const size of SIZES) {
  test(`at ${size.width} px nothing scrolls sideways, and lines stay readable`, async ({ tab, say }) => {
    const { page } = tab;
    await page.setViewportSize(size);
    expect(await isAsWideAsThePage(page)).toBe(true);
    const [rich, running] = [say('steady tokens=150 markdown=1'), say('hold after=20')];
    const [waiting, last] = [say('steady (one that waits)'), say('steady (one that waits behind it)')];
    await tab.send(rich);
    await tab.hasStatus(rich, 'completed');
    await tab.send(running);
    await tab.showsText(running, expectedReply(running, { tokens: 20 }));
    await tab.send(waiting, 'Queue');
    await tab.send(last, 'Queue');
    await tab.hasStatus(last, 'queued');
    expect(await isAsWideAsThePage(page)).toBe(true);
    expect(await isAsHighAsThePage(page)).toBe(true);
    // About 70 characters of the body's size: no line runs across a wide screen.
    const { width } = (await tab.reply(rich).boundingBox())!;
    expect(width).toBeLessThanOrEqual(44 * 16);
    for (const name of ['Stop', 'Interject', 'Queue'] as const) await expect(tab.button(name)).toBeInViewport();
    await tab.turn(last).getByRole('button', { name: 'Edit message' }).click();
    for (const name of ['Save', 'Cancel']) {
      await expect(page.getByRole('button', { name, exact: true })).toBeInViewport({ ratio: 1 });
    }
    await page.keyboard.press('Escape');
    await page.goto('/settings');
    await expect(page.getByRole('heading', { name: 'Settings' })).toBeVisible();
    expect(await isAsWideAsThePage(page)).toBe(true);
  });
}

test('the keyboard of a phone makes the page smaller and hides no part of the composer', async ({ tab, say }) => {
  const { page } = tab;
  const viewport = page.locator('meta[name="viewport"]');
  await expect(viewport).toHaveAttribute('content', /interactive-widget=resizes-content/);
  await expect(viewport).toHaveAttribute('content', /viewport-fit=cover/);
  await page.setViewportSize({ width: 360, height: 640 });
  const prompt = say('hold after=200 tokens=220');
  await tab.send(prompt);
  await tab.showsText(prompt, expectedReply(prompt, { tokens: 200 }));
  // What is left of a phone's height above its keyboard.
  await page.setViewportSize({ width: 360, height: 300 });
  await tab.box.fill('one\ntwo\nthree\nfour\nfive\nsix\nseven\neight');
  for (const part of [tab.box, tab.button('Stop'), tab.button('Interject'), tab.button('Queue')]) {
    await expect(part).toBeInViewport({ ratio: 1 });
  }
});

test('a notch and a home bar cover nothing', async ({ tab, say }) => {
  const { page } = tab;
  await page.setViewportSize({ width: 360, height: 640 });
  const session = await page.context().newCDPSession(page);
  const insets = { top: 44, bottom: 34, left: 12, right: 12 };
  await session.send('Emulation.setSafeAreaInsetsOverride', { insets });
  const prompt = say('hold after=20');
  await tab.send(prompt);
  await tab.showsText(prompt, expectedReply(prompt, { tokens: 20 }));
  const parts = [page.getByRole('button', { name: 'Menu' }), tab.box, tab.button('Stop'), tab.button('Interject')];
  for (const part of parts) {
    const { x, y, width, height } = (await part.boundingBox())!;
    expect([x >= insets.left, y >= insets.top]).toEqual([true, true]);
    expect([x + width <= 360 - insets.right, y + height <= 640 - insets.bottom]).toEqual([true, true]);
  }
});

/** The longest of what moves on the page from now on, until it is asked (ms, at most one round of what repeats). */
async function motionOf(page: Page): Promise<() => Promise<number>> {
  const longest = await page.evaluateHandle(() => {
    const seen = { ms: 0 };
    const look = () => {
      for (const { effect } of document.getAnimations()) {
        seen.ms = Math.max(seen.ms, Number(effect?.getComputedTiming().duration ?? 0));
      }
      requestAnimationFrame(look);
    };
    look();
    return seen;
  });
  return async () => (await longest.jsonValue()).ms;
}

test('what opens moves for less than 200 ms, and not at all for those who want less motion', async ({ tab }) => {
  const { page } = tab;
  await page.setViewportSize({ width: 360, height: 640 });
  for (const reducedMotion of ['no-preference', 'reduce'] as const) {
    await page.emulateMedia({ reducedMotion });
    await tab.reload();
    const motion = await motionOf(page);
    await page.getByRole('button', { name: 'Menu' }).click();
    await expect(page.getByRole('dialog', { name: 'Menu' })).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog', { name: 'Menu' })).toBeHidden();
    const longest = await motion();
    if (reducedMotion === 'reduce') expect(longest).toBeLessThan(1);
    else expect([longest > 1, longest <= 200]).toEqual([true, true]);
  }
});

// Whose clock, language and theme are not the server's: React tells on the console of what it had to draw again.
test.describe('a reader elsewhere', () => {
  test.use({ locale: 'ar-EG', timezoneId: 'Pacific/Auckland', colorScheme: 'dark' });

  test('every view is drawn as the server drew it: nothing is told on the console', async ({ tab, say, troubles }) => {
    troubles.allow(/status of 404/);
    const { page } = tab;
    const prompt = say('steady');
    await tab.send(prompt);
    await tab.hasStatus(prompt, 'completed');
    await tab.box.fill('a draft');
    await tab.reload();
    await expect(tab.box).toHaveValue('a draft');
    for (const path of ['/', '/settings', '/c/00000000-0000-4000-8000-000000000000', '/nowhere']) {
      await page.goto(path);
      await expect(page.getByRole('heading').first()).toBeVisible();
    }
    const other = new ConversationPage(await page.context().newPage());
    await other.open();
  });
});
