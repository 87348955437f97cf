import type { Page } from '@playwright/test';

/** What a turn showed at one moment. */
export type Moment = { status: string; text: string };

/** Everything a turn shows from now on, without duplicates: each change is noted as the browser makes it, none by a clock. */
export async function recordGrowth(page: Page, turnId: string): Promise<() => Promise<Moment[]>> {
  const moments = await page.evaluateHandle((id) => {
    const seen: Moment[] = [];
    const note = () => {
      const turn = document.querySelector(`[data-turn-id="${id}"]`);
      const text = turn?.querySelector('[data-part="reply"]')?.textContent;
      const status = turn?.getAttribute('data-status');
      const last = seen.at(-1);
      if (status == null || text == null || (last?.status === status && last.text === text)) return;
      seen.push({ status, text });
    };
    note();
    new MutationObserver(note).observe(document.body, {
      subtree: true,
      childList: true,
      characterData: true,
      attributes: true,
    });
    return seen;
  }, turnId);
  return () => moments.jsonValue();
}
