import { Check, Copy, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { IconButton } from './icon-button.tsx';

const LOOKS = { copied: { name: 'Copied', icon: Check }, failed: { name: 'Could not copy', icon: X } } as const;
const SHOWN_MS = 2_000;

type Props = { what: string; text: () => string };

/** `text` is asked for at the click: what there is then, is copied. */
export function CopyButton({ what, text }: Props) {
  const [state, setState] = useState<'idle' | keyof typeof LOOKS>('idle');

  useEffect(() => {
    if (state === 'idle') return;
    const timer = setTimeout(() => setState('idle'), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [state]);

  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(text());
      setState('copied');
    } catch {
      // The browser forbids it, or knows no clipboard (a page that is not served securely).
      setState('failed');
    }
  }

  const look = state === 'idle' ? { name: `Copy ${what}`, icon: Copy } : LOOKS[state];
  return <IconButton {...look} onClick={() => void copy()} />;
}
