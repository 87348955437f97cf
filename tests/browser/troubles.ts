import { expect, type BrowserContext, type Page } from '@playwright/test';

/**
 * What no page may cause: errors and warnings on its console (a broken policy and a hydration that did not fit are
 * told there), dialogs, and requests to anybody but the app.
 */
export class Troubles {
  readonly #origins: ReadonlySet<string>;
  readonly #seen: string[] = [];
  readonly #allowed: RegExp[] = [];

  constructor(context: BrowserContext, origins: string[]) {
    this.#origins = new Set(origins.flatMap((origin) => [origin, origin.replace(/^http/, 'ws')]));
    context.on('console', (message) => {
      const words = `${message.type()}: ${message.text()} (${message.location().url})`;
      if (['error', 'warning', 'assert'].includes(message.type())) this.#seen.push(words);
    });
    context.on('weberror', (error) => this.#seen.push(`uncaught: ${String(error.error())}`));
    context.on('dialog', (dialog) => {
      this.#seen.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    context.on('request', (request) => this.#expectOurs(request.url()));
    const watch = (page: Page) => page.on('websocket', (socket) => this.#expectOurs(socket.url()));
    context.on('page', watch);
    for (const page of context.pages()) watch(page);
  }

  /** From now on, and for what was seen already. */
  allow(words: RegExp): void {
    this.#allowed.push(words);
  }

  /** What a server that is away makes the browser itself say. */
  allowLostConnections(): void {
    this.allow(/net::ERR_(?!BLOCKED)|WebSocket connection to/);
    this.allow(/status of 503 .*\/api\/health/);
  }

  expectNone(): void {
    const left = this.#seen.filter((words) => !this.#allowed.some((allowed) => allowed.test(words)));
    expect(left, 'what the pages had trouble with').toEqual([]);
  }

  #expectOurs(address: string): void {
    const { origin, protocol } = new URL(address);
    if (protocol !== 'blob:' && !this.#origins.has(origin)) this.#seen.push(`a request to ${address}`);
  }
}
