import { readdirSync, watch } from 'node:fs';
import path from 'node:path';

/** An editor's save is several events, a checkout many. */
const SETTLE_MS = 150;
const SOURCE = /\.(ts|tsx|mjs|js|json|sql|jinja)$/;

/**
 * Tells which source files changed, once they have settled. Folder by folder: watching a whole tree at once needs a newer Node than
 * the one that may run this.
 * @param {string[]} folders
 * @param {(files: string[]) => void} onChange
 */
export function watchSources(folders, onChange) {
  /** @type {Map<string, import('node:fs').FSWatcher>} */
  const watchers = new Map();
  /** @type {Set<string>} */
  const changed = new Set();
  /** @type {NodeJS.Timeout | undefined} */
  let timer;

  /** @param {string} folder */
  function add(folder) {
    if (!watchers.has(folder)) {
      const watcher = watch(folder, (_, name) => note(folder, name));
      // The folder was removed; its parent tells of it too.
      watcher.once('error', () => forget(folder));
      watchers.set(folder, watcher);
    }
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isDirectory() && !entry.name.startsWith('.')) add(path.join(folder, entry.name));
    }
  }

  /** @param {string} folder */
  function forget(folder) {
    watchers.get(folder)?.close();
    watchers.delete(folder);
  }

  /**
   * @param {string} folder
   * @param {string | null} name
   */
  function note(folder, name) {
    if (name !== null && SOURCE.test(name)) changed.add(path.join(folder, name));
    clearTimeout(timer);
    timer = setTimeout(settle, SETTLE_MS);
  }

  function settle() {
    for (const folder of folders) add(folder);
    if (changed.size === 0) return;
    const files = [...changed];
    changed.clear();
    onChange(files);
  }

  for (const folder of folders) add(folder);
  return {
    close() {
      clearTimeout(timer);
      for (const watcher of watchers.values()) watcher.close();
    },
  };
}
