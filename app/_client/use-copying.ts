import { useEffect, useState } from 'react';

export type Copying = 'idle' | 'copied' | 'failed';

/** What came of it is said for so long. */
const SHOWN_MS = 2_000;

/** Copies a text, and says for a moment what came of it. */
export function useCopying(): [Copying, (text: string) => Promise<void>] {
  const [state, setState] = useState<Copying>('idle');

  useEffect(() => {
    if (state === 'idle') return;
    const timer = setTimeout(() => setState('idle'), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [state]);

  async function copy(text: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      setState('copied');
    } catch {
      // The browser forbids it, or knows no clipboard (a page that is not served securely).
      setState('failed');
    }
  }

  return [state, copy];
}
