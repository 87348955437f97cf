/** This browser's storage; null where its settings forbid site data. Asked for at each use: a server has none. */
export function allowedStorage(): Storage | null {
  try {
    return window.localStorage;
  } catch {
    // Site data are forbidden, or this is the server.
    return null;
  }
}

/** The same for this tab alone: it stays over a reload, and goes with the tab. */
export function allowedTabStorage(): Storage | null {
  try {
    return window.sessionStorage;
  } catch {
    // As above.
    return null;
  }
}

/** False when it could not be kept: storage that is full or forbidden costs a reload's memory, nothing else. */
export function keepText(storage: Storage | null, key: string, text: string | null): boolean {
  try {
    if (text === null) storage?.removeItem(key);
    else storage?.setItem(key, text);
    return storage !== null;
  } catch {
    return false;
  }
}

/** What is kept under a key as JSON; null where there is nothing, or nothing that can be read (written by hand). */
export function keptJson(storage: Storage | null, key: string): unknown {
  try {
    return JSON.parse(storage?.getItem(key) ?? 'null');
  } catch {
    return null;
  }
}
