import { createCell, type Cell, type Watched } from './cell.ts';
import { keepText } from './storage.ts';

const PREFIX = 'parley.draft.';
/** Writing to the storage takes the page's time: it is done when the writer pauses, and when the page is left. */
const KEEP_AFTER_MS = 300;
/** Longer than anything that can be sent, and short of what fills a browser's storage. */
const KEPT_LENGTH = 1_000_000;

export type Drafts = ReturnType<typeof createDrafts>;

/** Of a chat that has not begun: two tabs with one are two conversations. */
export const NEW_DRAFT = 'new';

/**
 * What is written and not sent, by conversation; kept over a reload, and the same in every tab, but for a chat that has
 * not begun, which is its tab's own [PAGE4].
 */
export function createDrafts(findStorage: () => Storage | null, findTabStorage: () => Storage | null) {
  const cells = new Map<string, Cell<string>>();
  const unkept = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  const storageOf = (key: string) => (key.startsWith(NEW_DRAFT) ? findTabStorage() : findStorage());

  function cellOf(key: string): Cell<string> {
    const known = cells.get(key);
    if (known) return known;
    // Empty at first, as on the server: what is kept comes with the first drawing after that one.
    const cell = createCell('');
    cell.set(storageOf(key)?.getItem(PREFIX + key) ?? '');
    cells.set(key, cell);
    return cell;
  }

  function keep(): void {
    clearTimeout(timer);
    for (const key of unkept) {
      const text = cellOf(key).get();
      keepText(storageOf(key), PREFIX + key, text === '' || text.length > KEPT_LENGTH ? null : text);
    }
    unkept.clear();
  }

  function onStorage({ key, newValue }: StorageEvent): void {
    if (key?.startsWith(PREFIX)) cells.get(key.slice(PREFIX.length))?.set(newValue ?? '');
  }

  return {
    of: (key: string): Watched<string> => cellOf(key),

    change(key: string, text: string): void {
      cellOf(key).set(text);
      unkept.add(key);
      clearTimeout(timer);
      // What was sent must be gone at once, or another tab would send it again.
      if (text === '') keep();
      else timer = setTimeout(keep, KEEP_AFTER_MS);
    },

    /** What is not kept yet, at once. */
    keep,

    start(): () => void {
      window.addEventListener('storage', onStorage);
      window.addEventListener('pagehide', keep);
      return () => {
        keep();
        window.removeEventListener('storage', onStorage);
        window.removeEventListener('pagehide', keep);
      };
    },
  };
}
