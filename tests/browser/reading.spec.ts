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

test('[PAGE5] a reader who turns away in the very moment in which text comes is let go', async ({
  endpoint,
  tab,
  say,
}) => {
  const prompt = say('hold after=600 tokens=1200');
  await tab.send(prompt);
  await callOf(endpoint, prompt, isHeld);
  await tab.showsText(prompt, expectedReply(prompt, { tokens: 600 }));
  await expectAtEnd(tab.page);
  // A wheel between the page's own scroll to new text and the event that tells of it; then, on a page that is busy, its scroll.
  const hasTurnedAway = await tab.page.getByRole('region', { name: 'Transcript' }).evaluateHandle((scroller) => {
    const NEAR_END = 70; // use-stick-to-bottom's own
    const { promise, resolve } = Promise.withResolvers<void>();
    const onNextScroll = (act: () => void) => scroller.addEventListener('scroll', act, { once: true });
    const keepBusy = () => {
      for (const from = performance.now(); performance.now() - from < 40;);
      resolve();
    };
    function turnAway(): void {
      scroller.dispatchEvent(new WheelEvent('wheel', { deltaY: -300, bubbles: true }));
      onNextScroll(() => setTimeout(goUp, 50));
    }
    function goUp(): void {
      scroller.scrollTop -= 300;
      onNextScroll(keepBusy);
    }
    const observer = new ResizeObserver(() => {
      if (scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop <= NEAR_END) return;
      observer.disconnect();
      requestAnimationFrame(turnAway);
    });
    observer.observe(scroller.firstElementChild!);
    return { promise };
  });
  await endpoint.release(prompt);
  // All of the text may have come in the one moment that is acted in.
  await hasTurnedAway.evaluate(({ promise }) => promise);
  await tab.shows(prompt, { status: 'completed', text: expectedReply(prompt) });
  await expect(tab.page.getByRole('button', { name: 'Jump to latest' })).toBeVisible();
  expect((await positionOf(tab.page)).below).toBeGreaterThan(70);
});

test('[PAGE5] what shrinks between a wheel and its scroll takes nobody back to the end', async ({ tab, say }) => {
  const prompt = say('steady tokens=600');
  await tab.send(prompt);
  await tab.hasStatus(prompt, 'completed');
  await expectAtEnd(tab.page);
  await tab.page.getByRole('region', { name: 'Transcript' }).evaluate(async (scroller) => {
    const frames = async (count: number) => {
      for (let n = 0; n < count; n++) await new Promise(requestAnimationFrame);
    };
    scroller.dispatchEvent(new WheelEvent('wheel', { deltaY: -300, bubbles: true }));
    await frames(3);
    // As a turn's end can do.
    (scroller.querySelector('article')!.lastElementChild as HTMLElement).style.marginTop = '-20px';
    await frames(3);
    scroller.scrollTop -= 300;
    await frames(10);
  });
  await expect(tab.page.getByRole('button', { name: 'Jump to latest' })).toBeVisible();
  expect((await positionOf(tab.page)).below).toBeGreaterThan(70);
});

test('[PAGE5] a reader who has gone up a little is left there as well, for as long as it may be', async ({
  tab,
  say,
}) => {
  const prompt = say('steady tokens=600');
  await tab.send(prompt);
  await tab.hasStatus(prompt, 'completed');
  await expectAtEnd(tab.page);
  await tab.page.getByRole('region', { name: 'Transcript' }).evaluate(async (scroller) => {
    const frames = async (count: number) => {
      for (let n = 0; n < count; n++) await new Promise(requestAnimationFrame);
    };
    scroller.dispatchEvent(new WheelEvent('wheel', { deltaY: -40, bubbles: true }));
    scroller.scrollTop -= 40; // near the end by use-stick-to-bottom's measure, 70
    await frames(40); // longer than an act holds by itself
    (scroller.querySelector('article')!.lastElementChild as HTMLElement).style.marginBottom = '300px';
    await frames(10);
  });
  await expect(tab.page.getByRole('button', { name: 'Jump to latest' })).toBeVisible();
  expect((await positionOf(tab.page)).below).toBeGreaterThan(300);
});

test('[PAGE5] a reader at the end stays there while the box below grows and shrinks', async ({ tab, say }) => {
  const prompt = say('steady tokens=600');
  await tab.send(prompt);
  await tab.hasStatus(prompt, 'completed');
  await expectAtEnd(tab.page);
  const { top } = await positionOf(tab.page);
  await tab.box.fill('one\nmore\nline\n'.repeat(5));
  await expect.poll(async () => (await positionOf(tab.page)).top).toBeGreaterThan(top + 50);
  await expectAtEnd(tab.page);
  await tab.box.fill('');
  await expectAtEnd(tab.page);
  await tab.reply(prompt).hover();
  await scrollUp(tab.page, 300);
  const left = await positionOf(tab.page);
  await tab.box.fill('one\nmore\nline\n'.repeat(5));
  await expect.poll(async () => (await positionOf(tab.page)).below).toBeGreaterThan(left.below + 50);
  expect((await positionOf(tab.page)).top).toBe(left.top);
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
  await expect.poll(() => keptFrom(tab.page)).toBeLessThan(1);
  const before = await topOf(third!);
  await tab.reload();
  await expect.poll(async () => Math.abs((await topOf(third!)) - before)).toBeLessThan(2);
  // It is held until the reader acts, and no longer.
  await scroller.hover();
  await scrollUp(tab.page, 200);
  await scrollUp(tab.page, -200);
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

/** A turn of the wheel, and what comes of it: on a busy machine several would be drawn as one. */
async function scrollUp(page: Page, by: number): Promise<void> {
  const { top } = await positionOf(page);
  if (top === 0) return;
  await page.mouse.wheel(0, -by);
  await expect.poll(async () => (await positionOf(page)).top).not.toBe(top);
}

/** How far (px) from where it stands the place is kept: none once all that was drawn on the way has its height. */
function keptFrom(page: Page): Promise<number> {
  return page.getByRole('region', { name: 'Transcript' }).evaluate((box) => {
    const top = box.getBoundingClientRect().top;
    const turn = [...box.querySelectorAll('article')].find((turn) => turn.getBoundingClientRect().bottom > top)!;
    const places = JSON.parse(localStorage.getItem('parley.places') ?? '[]') as [
      string,
      { turnId: string; offset: number },
    ][];
    const place = places.map(([, place]) => place).find(({ turnId }) => turnId === turn.dataset['turnId']);
    return place ? Math.abs(turn.getBoundingClientRect().top - top - place.offset) : Infinity;
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
  const ids: string[] = [];
  await tab.list.getByRole('link', { name: 'New chat' }).click();
  for (const prompt of prompts) {
    const reply = await replyByHand(app, conversationId, prompt);
    await reply.say(`The reply to ${prompt} `.repeat(20));
    await reply.finish();
    ids.push(reply.turnId);
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
          // It is looked for before the next turn of the wheel, which may take it out of sight again.
          const isThere = await tab.turn(prompts[last]!).count();
          if (isThere === 0) await scrollUp(page, 1_000);
          return isThere;
        },
        { intervals: [50], timeout: 20_000 },
      )
      .toBe(1);
    expect(Math.abs((await numberAtTop()) - last)).toBeLessThan(8);
  }
  await expect
    .poll(
      async () => {
        await scrollUp(page, 5_000);
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

  // A place that was read last, and a link, more than a hundred turns back: the turn stands where it did, or at the top.
  const topOf = (prompt: string) => tab.turn(prompt).evaluate((turn) => turn.getBoundingClientRect().top);
  const box = (await scroller.boundingBox())!;
  await scroller.hover();
  await expect
    .poll(
      async () => {
        await scrollUp(page, 2_000);
        return numberAtTop();
      },
      { intervals: [100] },
    )
    .toBeLessThan(30);
  await expect.poll(() => keptFrom(page)).toBeLessThan(1);
  const last = prompts[await numberAtTop()]!;
  const before = await topOf(last);
  await tab.reload();
  await expect(tab.turn(last)).toBeVisible();
  await expect.poll(async () => Math.abs((await topOf(last)) - before)).toBeLessThan(2);

  const linked = prompts[5]!;
  await tab.open(conversationId);
  await page.getByRole('button', { name: 'Jump to latest' }).click();
  await expectAtEnd(page);
  await page.goto(`/c/${conversationId}#${ids[5]!}`);
  await page.reload();
  await expect(tab.turn(linked)).toBeInViewport();
  await expect.poll(async () => Math.round((await topOf(linked)) - box.y)).toBe(12);
  await expect(page.getByRole('status', { name: 'Place' })).toBeEmpty();
});

test('[PAGE5] a link to another branch says where it leads and shows it when asked; one to nowhere says so', async ({
  tab,
  say,
  troubles,
}) => {
  troubles.allow(/status of 404/);
  const [first, edited] = [say('steady'), say('steady')];
  await tab.send(first);
  await tab.hasStatus(first, 'completed');
  const id = await tab.idOf(first);
  await tab.turn(first).getByRole('button', { name: 'Edit message' }).click();
  await tab.page.getByRole('textbox', { name: 'Edit message' }).fill(edited);
  await tab.page.getByRole('button', { name: 'Ask again' }).click();
  await tab.hasStatus(edited, 'completed');

  const { conversationId, page } = tab;
  const place = page.getByRole('status', { name: 'Place' });
  await page.goto(`/c/${conversationId}#${id}`);
  await page.reload();
  await expect(place).toContainText('The link leads to another version of this conversation.');
  await tab.showsPrompts([edited]);
  await place.getByRole('button', { name: 'Show it' }).click();
  await tab.showsPrompts([first]);
  await expect(place).toBeEmpty();

  await page.goto(`/c/${conversationId}#${crypto.randomUUID()}`);
  await expect(place).toContainText('The turn that the link names is not in this conversation.');
  await place.getByRole('button', { name: 'Dismiss' }).click();
  await expect(place).toBeEmpty();
});
