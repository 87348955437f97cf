import type { Page } from '@playwright/test';
import { expectedReply } from '#tests/support/scenario-options.ts';
import { expect, test } from './app.ts';
import { callOf, isHeld } from './calls.ts';

for (const width of [1280, 320]) {
  test(`a reader who stays at the end of the text stays there, through Stop too, at ${width} px`, async ({
    endpoint,
    tab,
    say,
  }) => {
    await tab.page.setViewportSize({ width, height: 640 });
    const [long, queued, cut] = [
      say('hold after=300 tokens=320'),
      say('hold after=200 tokens=300'),
      say('hold after=30 tokens=60'),
    ];
    await tab.send(long);
    await tab.showsText(long, expectedReply(long, { tokens: 300 }));
    await tab.send(queued, 'Queue');
    await tab.send(cut, 'Interject');
    await tab.showsText(cut, expectedReply(cut, { tokens: 30 }));
    await expectAtEnd(tab.page);
    await tab.button('Stop').click();
    await tab.showsText(queued, expectedReply(queued, { tokens: 200 }));
    await expectAtEnd(tab.page);
    await endpoint.release(queued);
    await tab.shows(queued, { status: 'completed', text: expectedReply(queued) });
    await expectAtEnd(tab.page);
    await expect(tab.page.getByRole('button', { name: 'Jump to latest' })).toBeHidden();
  });
}

test('a reader who scrolls up is left there, with a way back to the end', async ({ endpoint, tab, say }) => {
  const prompt = say('hold after=600 tokens=1200');
  await tab.send(prompt);
  await callOf(endpoint, prompt, isHeld);
  await tab.showsText(prompt, expectedReply(prompt, { tokens: 600 }));
  await expectAtEnd(tab.page);
  await tab.reply(prompt).hover();
  await tab.page.mouse.wheel(0, -300);
  const jump = tab.page.getByRole('button', { name: 'Jump to latest' });
  await expect(jump).toBeVisible();
  const { top } = await positionOf(tab.page);
  await endpoint.release(prompt);
  await tab.shows(prompt, { status: 'completed', text: expectedReply(prompt) });
  expect((await positionOf(tab.page)).top).toBe(top);
  await jump.click();
  await expectAtEnd(tab.page);
});

/** Where the reader stands in what scrolls around the turns, in pixels. */
function positionOf(page: Page): Promise<{ top: number; below: number }> {
  return page
    .getByRole('article')
    .first()
    .evaluate((turn) => {
      let around = turn.parentElement;
      while (around && !/auto|scroll/.test(getComputedStyle(around).overflowY)) around = around.parentElement;
      const { scrollTop, clientHeight, scrollHeight } = around ?? document.documentElement;
      return { top: scrollTop, below: scrollHeight - clientHeight - scrollTop };
    });
}

/** To the pixel, as a scroll position may be a fraction of one. */
const expectAtEnd = (page: Page) => expect.poll(async () => (await positionOf(page)).below).toBeLessThan(2);
