import type { Page } from '@playwright/test';

/** What a turn showed on a page from one moment on. `at` is the wall clock in milliseconds, as the endpoint's calls have it. */
export type Moment = {
  at: number;
  turnId: string;
  status: string;
  text: string;
  /** It showed an error, or that its model call had failed. */
  isTrouble: boolean;
};
/** A moment as the page keeps it: long texts grow by little. */
type Noted = Omit<Moment, 'text'> & { keeps: number; adds: string };

/**
 * Everything that the turns of a page show from now on, each change noted as the browser makes it. The page itself keeps
 * it, so what is returned throws once the page was loaded again.
 */
export async function recordPage(page: Page): Promise<() => Promise<Moment[]>> {
  const notes = await page.evaluateHandle(() => {
    const noted: Noted[] = [];
    const last = new Map<string, { status: string; text: string; isTrouble: boolean }>();
    const note = () => {
      for (const turn of document.querySelectorAll('[data-turn-id]')) {
        const turnId = turn.getAttribute('data-turn-id') ?? '';
        const status = turn.getAttribute('data-status') ?? '';
        const text = turn.querySelector('[data-part="reply"]')?.textContent ?? '';
        const isTrouble = turn.querySelector('[role="alert"]') !== null || /Trying again/.test(turn.textContent);
        const known = last.get(turnId);
        if (known?.status === status && known.text === text && known.isTrouble === isTrouble) continue;
        const keeps = known && text.startsWith(known.text) ? known.text.length : 0;
        const at = performance.timeOrigin + performance.now();
        noted.push({ at, turnId, status, isTrouble, keeps, adds: text.slice(keeps) });
        last.set(turnId, { status, text, isTrouble });
      }
    };
    note();
    const what = { subtree: true, childList: true, characterData: true, attributes: true };
    new MutationObserver(note).observe(document.body, what);
    return noted;
  });
  return async () => {
    const texts = new Map<string, string>();
    return (await notes.jsonValue()).map(({ keeps, adds, ...moment }) => {
      const text = (texts.get(moment.turnId) ?? '').slice(0, keeps) + adds;
      texts.set(moment.turnId, text);
      return { ...moment, text };
    });
  };
}
