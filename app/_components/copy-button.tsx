import { useEffect, useState } from 'react';
import { Button } from './button.tsx';

const WORDS = { idle: 'Copy reply', copied: 'Copied', failed: 'Could not copy' } as const;
const SHOWN_MS = 2_000;

export function CopyButton({ text }: { text: string }) {
  const [state, setState] = useState<keyof typeof WORDS>('idle');

  useEffect(() => {
    if (state === 'idle') return;
    const timer = setTimeout(() => setState('idle'), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [state]);

  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      setState('copied');
    } catch {
      // The browser forbids it, or knows no clipboard (a page that is not served securely).
      setState('failed');
    }
  }

  return (
    <Button look="quiet" size="small" className="first:-ml-2.5" onClick={() => void copy()}>
      {WORDS[state]}
    </Button>
  );
}
