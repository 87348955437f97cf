import { setTimeout } from 'node:timers/promises';
import type { Page } from '@playwright/test';

/** Milliseconds of the wall clock with fractions, by the page's own `performance`. */
export type Recorded = {
  clickedAt: number | null;
  /** Every change of the turn's text, when the browser made it. */
  moments: { at: number; status: string; length: number; text?: string }[];
};

declare global {
  interface Window {
    recorded: Recorded;
    recorder?: { observer: MutationObserver; end: AbortController };
  }
}

/**
 * Notes in the page when something is clicked, and how the text of the turn with this prompt grows. Both by the page's
 * clock, so nothing of the test runner's way to it is in the figures. `keepsText`: what was shown, not only how much.
 */
export async function record(page: Page, prompt: string, { keepsText = false } = {}): Promise<void> {
  await page.evaluate(
    ({ prompt, keepsText }) => {
      window.recorder?.observer.disconnect();
      window.recorder?.end.abort();
      const clock = () => performance.timeOrigin + performance.now();
      const recorded: Recorded = (window.recorded = { clickedAt: null, moments: [] });
      let article: Element | undefined;
      const find = () =>
        [...document.querySelectorAll('article')].find(
          (each) => each.querySelector('[data-part="prompt"]')?.textContent === prompt,
        );
      const note = () => {
        const at = clock();
        if (!article?.isConnected) article = find();
        const text = article?.querySelector('[data-part="reply"]')?.textContent;
        if (text == null) return;
        const status = article?.getAttribute('data-status') ?? '';
        const last = recorded.moments.at(-1);
        if (last?.length === text.length && last.status === status && (!keepsText || last.text === text)) return;
        performance.mark('text shown'); // so that a trace tells this frame from those without text
        recorded.moments.push({ at, status, length: text.length, ...(keepsText && { text }) });
      };
      const observer = new MutationObserver(note);
      observer.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
      const end = new AbortController();
      const onClick = () => (recorded.clickedAt = clock());
      window.addEventListener('click', onClick, { capture: true, signal: end.signal });
      window.recorder = { observer, end };
      note();
    },
    { prompt, keepsText },
  );
}

export const recorded = (page: Page): Promise<Recorded> => page.evaluate(() => window.recorded);

/** Resolves when the turn's text is so long at least; looked for once a frame, in the page. */
export async function grownTo(page: Page, length: number, timeout = 30_000): Promise<void> {
  await page.waitForFunction((least) => (window.recorded.moments.at(-1)?.length ?? 0) >= least, length, { timeout });
}

export async function hasStatus(page: Page, status: string, timeout = 60_000): Promise<void> {
  await page.waitForFunction((wanted) => window.recorded.moments.at(-1)?.status === wanted, status, { timeout });
}

/**
 * Marks for a trace each text that is shown, and nothing else: to record a whole reply of 80 KB at each change takes more
 * of the page's time than some of what is measured. Resolves when so many characters have come.
 */
export async function markedUntilGrownBy(page: Page, length: number): Promise<void> {
  await page.evaluate(() => {
    window.recorder?.observer.disconnect();
    const reply = [...document.querySelectorAll('[data-part="reply"]')].at(-1)!;
    let last = '';
    const note = () => {
      const { childElementCount, lastElementChild } = reply;
      const shown = `${childElementCount} ${lastElementChild?.textContent.length}`;
      if (shown !== last) performance.mark('text shown');
      last = shown;
    };
    const observer = new MutationObserver(note);
    observer.observe(reply, { subtree: true, childList: true, characterData: true });
    window.recorder = { observer, end: new AbortController() };
  });
  const shown = () =>
    page.evaluate(() => [...document.querySelectorAll('[data-part="reply"]')].at(-1)!.textContent.length);
  const wanted = (await shown()) + length;
  while ((await shown()) < wanted) await setTimeout(LOOK_EVERY_MS);
}

const LOOK_EVERY_MS = 300;
