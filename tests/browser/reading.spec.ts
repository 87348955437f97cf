import type { Page } from '@playwright/test';
import { expectedReply } from '#tests/support/scenario-options.ts';
import { expect, test } from './app.ts';
import { callOf, isHeld } from './calls.ts';
import { replyByHand } from './reply-by-hand.ts';

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

test('[PAGE5] a reader who scrolls up is left there, with a way back to the end', async ({ endpoint, tab, say }) => {
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
  await expect(tab.page.getByRole('button', { name: 'Jump to latest: there is more' })).toBeVisible();
  await jump.click();
  await expectAtEnd(tab.page);
});

test('[PAGE5] a conversation opens where it was read last, and a link to a turn opens there', async ({ tab, say }) => {
  const prompts = [1, 2, 3, 4].map(() => say('steady tokens=500'));
  for (const prompt of prompts) {
    await tab.send(prompt);
    await tab.hasStatus(prompt, 'completed');
  }
  const [first, second, third] = await Promise.all(prompts.map((prompt) => tab.idOf(prompt)));
  await expectAtEnd(tab.page);
  await tab.reload();
  await expectAtEnd(tab.page);

  const topOf = (id: string) =>
    tab.page.locator(`[data-turn-id="${id}"]`).evaluate((turn) => turn.getBoundingClientRect().top);
  const scroller = tab.page.getByRole('region', { name: 'Transcript' });
  await scroller.hover();
  await tab.page.mouse.wheel(0, (await topOf(third!)) - 100);
  const kept = () => tab.page.evaluate(() => localStorage.getItem('parley.places'));
  await expect.poll(kept).not.toBeNull();
  await expect.poll(kept).toMatch(new RegExp(`${second}|${third}`));
  const before = await topOf(third!);
  await tab.reload();
  await expect.poll(async () => Math.abs((await topOf(third!)) - before)).toBeLessThan(2);
  await expect(tab.page.getByRole('button', { name: 'Jump to latest' })).toBeVisible();

  await tab.page.goto(`/c/${tab.conversationId}#${first}`);
  await tab.reload();
  await expect.poll(() => topOf(first!)).toBeGreaterThan(0);
  await expect.poll(() => topOf(first!)).toBeLessThan(120);
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

test('[PAGE5] a long conversation is read by pages, and a reader who goes back keeps the place', async ({
  app,
  tab,
  say,
}) => {
  test.setTimeout(120_000);
  const { page } = tab;
  const begun = say('steady');
  await tab.send(begun);
  await tab.hasStatus(begun, 'completed');
  const { conversationId } = tab;
  const prompts = Array.from({ length: 179 }, (_, n) => `number ${n}.`);
  await tab.list.getByRole('link', { name: 'New chat' }).click();
  for (const prompt of prompts) {
    const reply = await replyByHand(app, conversationId, prompt);
    await reply.say(`The reply to ${prompt} `.repeat(20));
    await reply.finish();
  }
  const pages: string[] = [];
  page.on(
    'request',
    (request) => /conversations\/[0-9a-f-]{36}(\?|$)/.test(request.url()) && pages.push(request.url()),
  );
  await tab.open(conversationId);
  await expect(tab.turn(prompts.at(-1)!)).toBeInViewport();
  await expectAtEnd(page);
  expect(pages).toHaveLength(1);
  expect(await tab.turns.count()).toBe(50);

  const scroller = page.getByRole('region', { name: 'Transcript' });
  /** The number in the prompt of the first turn in sight. */
  const numberAtTop = () =>
    scroller.evaluate((box) => {
      const top = box.getBoundingClientRect().top;
      const turn = [...box.querySelectorAll('article')].find((turn) => turn.getBoundingClientRect().bottom > top);
      return Number(/number (\d+)\./.exec(turn?.textContent ?? '')?.[1]);
    });
  await scroller.hover();
  // The last turn of each page before comes into the page while what is read stays where it is.
  for (const last of [128, 78]) {
    await expect
      .poll(
        async () => {
          await page.mouse.wheel(0, -2_000);
          return tab.turn(prompts[last]!).count();
        },
        { intervals: [100] },
      )
      .toBe(1);
    expect(Math.abs((await numberAtTop()) - last)).toBeLessThan(20);
  }
  await expect
    .poll(
      async () => {
        await page.mouse.wheel(0, -5_000);
        return tab.turn(begun).count();
      },
      { intervals: [100] },
    )
    .toBe(1);
  await expect(page.getByRole('button', { name: 'Earlier turns' })).toBeHidden();
  // Of so many not all are drawn at the same time.
  expect(await tab.turns.count()).toBeLessThan(150);
  await page.getByRole('button', { name: 'Jump to latest' }).click();
  await expectAtEnd(page);
  await expect(tab.turn(prompts.at(-1)!)).toBeInViewport();
});
