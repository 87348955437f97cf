import { createCell, type Cell, type Watched } from './cell.ts';
import { keepText } from './storage.ts';

const PREFIX = 'parley.draft.';
/** Writing to the storage takes the page's time: it is done when the writer pauses, and when the page is left. */
const KEEP_AFTER_MS = 300;
/** Longer than anything that can be sent, and short of what fills a browser's storage. */
export const KEPT_LENGTH = 1_000_000;

export type Drafts = ReturnType<typeof createDrafts>;

/** Of a chat that has not begun: two tabs with one are two conversations. */
export const NEW_DRAFT = 'new';
/** Of a draft's key: what was pasted and is too long for the box. */
export const ASIDE = '.aside';
const isOfTab = (key: string) => key.startsWith(NEW_DRAFT);

/**
 * What stands in this tab's box; `seen` is what all tabs had in common when this tab last took it over or wrote it. What
 * differs from it was written here. Null: unknown, of words that stood apart before a reload.
 */
type Draft = { cell: Cell<string>; seen: string | null };

/**
 * What is written and not sent, by conversation; kept over a reload, and the same in every tab, but for a chat that has
 * not begun, which is its tab's own [PAGE4]. A tab writes over nothing but what it has seen, and takes over nothing but
 * what was written over its own words: two that write at once stand apart, each with its own.
 */
export function createDrafts(findStorage: () => Storage | null, findTabStorage: () => Storage | null) {
  const drafts = new Map<string, Draft>();
  const unkept = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  const commonStorage = (key: string) => (isOfTab(key) ? findTabStorage() : findStorage());
  const commonText = (key: string) => commonStorage(key)?.getItem(PREFIX + key) ?? '';

  function draftOf(key: string): Draft {
    const known = drafts.get(key);
    if (known) return known;
    const own = isOfTab(key) ? null : (findTabStorage()?.getItem(PREFIX + key) ?? null);
    const common = commonText(key);
    // Empty at first, as on the server: what is kept comes with the first drawing after that one.
    const cell = createCell('');
    cell.set(own ?? common);
    const draft = { cell, seen: own === null ? common : null };
    drafts.set(key, draft);
    return draft;
  }

  function keepOne(key: string): void {
    const draft = draftOf(key);
    const text = draft.cell.get();
    const kept = text === '' || text.length > KEPT_LENGTH ? null : text;
    const common = commonText(key);
    const mayWrite = common === draft.seen || common === '';
    if (mayWrite && keepText(commonStorage(key), PREFIX + key, kept)) draft.seen = kept ?? '';
    if (!isOfTab(key)) keepText(findTabStorage(), PREFIX + key, mayWrite ? null : kept);
  }

  function keep(): void {
    clearTimeout(timer);
    for (const key of unkept) keepOne(key);
    unkept.clear();
  }

  function keepLater(key: string): void {
    unkept.add(key);
    clearTimeout(timer);
    timer = setTimeout(keep, KEEP_AFTER_MS);
  }

  /** Another tab wrote `now` where `before` stood. */
  function onWritten(key: string, before: string, now: string): void {
    const draft = drafts.get(key);
    if (!draft) return;
    const text = draft.cell.get();
    // What was written over is this tab's own: whoever wrote knew it. A tab that writes at the same time does not.
    const isUnchanged = text === draft.seen && text === before;
    if (isUnchanged || text === '' || text === now) {
      draft.cell.set(now);
      draft.seen = now;
    } else {
      // These stand apart from now on, and are kept so; or the other's were sent, and there is room for these.
      keepLater(key);
    }
  }

  function onStorage({ key, oldValue, newValue, storageArea }: StorageEvent): void {
    if (!key?.startsWith(PREFIX) || storageArea !== findStorage()) return;
    onWritten(key.slice(PREFIX.length), oldValue ?? '', newValue ?? '');
  }

  function change(key: string, text: string): void {
    draftOf(key).cell.set(text);
    keepLater(key);
    // What was sent must be gone at once, or another tab would send it again.
    if (text === '') keep();
  }

  return {
    of: (key: string): Watched<string> => draftOf(key).cell,

    change,

    /** With what was pasted beside it. */
    move(from: string, to: string): void {
      for (const part of ['', ASIDE]) {
        const text = draftOf(from + part).cell.get();
        if (text === '' || from === to) continue;
        change(to + part, text);
        change(from + part, '');
      }
    },

    /** What is not kept yet, at once. */
    keep,
    onWritten,

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
