import type { BrowserContext } from '@playwright/test';
import type { Outcome } from '#lib/protocol/turn.ts';
import { ConversationPage } from '#tests/browser/conversation-page.ts';
import { openViewer, type Viewer } from '#tests/support/viewer.ts';
import { recordPage, type Moment } from './recorded-page.ts';

/** How a sent prompt has to end; `any` leaves it to chance, but for `failed`. */
export type Wanted = Outcome | 'any';

/** A conversation before several eyes: one or more pages of a real browser, and a socket with the browser's reducer. */
export class Watched {
  readonly tabs: readonly [ConversationPage, ...ConversationPage[]];
  readonly viewer: Viewer;
  /** What its user sent, each prompt once, and how it has to end. */
  readonly sent = new Map<string, Wanted>();
  readonly #moments: (() => Promise<Moment[]>)[];

  private constructor(tabs: Watched['tabs'], moments: (() => Promise<Moment[]>)[], viewer: Viewer) {
    this.tabs = tabs;
    this.viewer = viewer;
    this.#moments = moments;
  }

  /** Begins with a turn that is whole before anything happens, so that there is something to keep. */
  static async open(
    context: BrowserContext,
    { prompt, tabs, port }: { prompt: string; tabs: number; port: number },
  ): Promise<Watched> {
    const tab = new ConversationPage(await context.newPage());
    await tab.open();
    await tab.send(prompt);
    await tab.hasStatus(prompt, 'completed');
    const { conversationId } = tab;
    const others = await Promise.all(
      Array.from({ length: tabs - 1 }, async () => {
        const other = new ConversationPage(await context.newPage());
        await other.open(conversationId);
        await other.hasStatus(prompt, 'completed');
        return other;
      }),
    );
    const moments = await Promise.all([tab, ...others].map(({ page }) => recordPage(page)));
    const watched = new Watched([tab, ...others], moments, await openViewer({ port, conversationId }));
    watched.sent.set(prompt, 'completed');
    return watched;
  }

  get id(): string {
    return this.tabs[0].conversationId;
  }

  async send(prompt: string, by: 'Send' | 'Interject' | 'Queue' = 'Send', wanted: Wanted = 'completed'): Promise<void> {
    this.sent.set(prompt, wanted);
    await this.tabs[0].send(prompt, by);
  }

  /** Each page's moments. Throws when one was loaded again. */
  moments(): Promise<Moment[][]> {
    return Promise.all(this.#moments.map((read) => read()));
  }
}
