import { refusal, type Answer } from './answer.ts';
import { webLog } from './app.ts';

/** SQLite's primary result codes that say the store, not the call, is at fault: busy, locked, read-only, I/O, damaged, full, cannot open, no database. */
const STORE_TROUBLE: ReadonlySet<number> = new Set([5, 6, 8, 10, 11, 13, 14, 26]);

/** By name: Next bundles each route for itself, so a class of one is not that of another. */
const STORE_ERRORS: ReadonlySet<string> = new Set(['StoreBusy', 'StoreUnavailable']);

export function isStoreTrouble(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // The upper bits of an extended code say more, the lowest eight are the primary one.
  return STORE_ERRORS.has(error.name) || ('errcode' in error && STORE_TROUBLE.has(Number(error.errcode) & 0xff));
}

/** What a person is told of an unexpected error; the log has the rest. */
export function troubleOf(error: unknown): Answer {
  if (isStoreTrouble(error)) {
    webLog().warn(
      { code: 'store_unavailable', err: error },
      'refused: the store cannot be used; nothing was changed, and the page sends again',
    );
    return refusal(
      'store_unavailable',
      'The store cannot be used right now. Nothing was changed; try again in a moment.',
    );
  }
  webLog().error({ code: 'internal', err: error }, 'a call of the API failed; its caller was told so');
  return refusal('internal', 'Something went wrong on our side. Try again; the log of the web process says more.');
}
