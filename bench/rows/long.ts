import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, expect, type BrowserContext, type Page } from '@playwright/test';
import { v7 } from 'uuid';
import { ConversationPage } from '#tests/browser/conversation-page.ts';
import { replyByHand } from '#tests/browser/reply-by-hand.ts';
import config from '../../playwright.config.ts';
import type { Family } from '../measure.ts';

const TURNS = 10_000;
const REPLY = 'A reply of several words that says what it says, and no more. '.repeat(8);
const LAST = 'the last of them';

/** A conversation of 10,000 turns, made by the store's own verbs: until its end is drawn, and an earlier page of it. */
export const long: Family = {
  name: 'long',
  rounds: { full: 10, quick: 4 },
  when: 'together',
  async prepare({ app, browser }) {
    const [id, short] = [v7(), v7()];
    const add = async (to: string, prompt: string) => {
      const attempt = await replyByHand(app, to, prompt);
      await attempt.say(REPLY);
      await attempt.finish();
    };
    for (let n = 1; n < TURNS; n++) await add(id, `number ${n}`);
    for (const each of [id, short]) await add(each, LAST);
    const opened: number[] = [];
    const openedShort: number[] = [];
    const openedFirst: number[] = [];
    const earlier: number[] = [];
    // One reader's browser, which has seen the app before. Of a private window, as tests have it, Chromium keeps no
    // compiled scripts, and compiling them anew is half of the time.
    const profile = await mkdtemp(join(tmpdir(), 'parley-bench-'));
    const reader = await chromium.launchPersistentContext(profile, {
      ...config.use?.launchOptions,
      baseURL: app.url,
    });
    const openIn = async <T>(
      context: BrowserContext,
      conversationId: string,
      look: (page: Page) => Promise<T>,
    ): Promise<T> => {
      const page = await context.newPage();
      await noteDrawn(page, LAST);
      await new ConversationPage(page).open(conversationId);
      const seen = await look(page);
      await page.close();
      return seen;
    };
    // The second time a script is kept, the third time what it was compiled to.
    for (const each of [id, short, id]) await openIn(reader, each, drawnAt);
    return {
      async sample() {
        openedShort.push(await openIn(reader, short, drawnAt));
        await openIn(reader, id, async (page) => {
          opened.push(await drawnAt(page));
          earlier.push(await readEarlier(page));
        });
        const stranger = await browser.newContext({ baseURL: app.url });
        openedFirst.push(await openIn(stranger, id, drawnAt));
        await stranger.close();
      },
      lines: () => [
        {
          what: `a conversation of ${TURNS} turns: navigation → its end drawn`,
          unit: 'ms',
          budget: [{ at: 'p95', most: 500 }],
          samples: opened,
          direct: openedShort,
          note: 'direct: a conversation of one turn',
        },
        {
          what: 'the same, in a browser that has never seen the app',
          unit: 'ms',
          budget: [{ at: 'p95', most: 500 }],
          samples: openedFirst,
        },
        {
          what: 'an earlier page of it: asked for → drawn',
          unit: 'ms',
          budget: [{ at: 'p95', most: 500 }],
          samples: earlier,
        },
      ],
      async close() {
        await reader.close();
        await rm(profile, { recursive: true, force: true });
      },
    };
  },
};

declare global {
  interface Window {
    drawnAt?: number;
  }
}

/** By the page's clock, which begins with the navigation: the frame after the one that the last reply is in. */
const noteDrawn = (page: Page, prompt: string) =>
  page.addInitScript((wanted) => {
    const look = () => {
      const last = [...document.querySelectorAll('article')].at(-1);
      const isThere =
        last?.querySelector('[data-part="prompt"]')?.textContent === wanted &&
        last.querySelector('[data-part="reply"]')?.textContent !== '';
      requestAnimationFrame(isThere ? () => (window.drawnAt = performance.now()) : look);
    };
    requestAnimationFrame(look);
  }, prompt);

async function drawnAt(page: Page): Promise<number> {
  await expect.poll(() => page.evaluate(() => window.drawnAt)).toBeDefined();
  return page.evaluate(() => window.drawnAt!);
}

/** As by the button: the turns that come before the first one are there, and a frame with them. */
const readEarlier = (page: Page): Promise<number> =>
  page.evaluate(async () => {
    const firstOf = () => document.querySelector('article')?.id;
    const first = firstOf();
    const begunAt = performance.now();
    [...document.querySelectorAll('button')].find(({ textContent }) => textContent === 'Earlier turns')!.click();
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    while (firstOf() === first) await frame();
    await frame();
    return performance.now() - begunAt;
  });
