import { Check, Copy, X } from 'lucide-react';
import { useCopying } from '#app/_client/use-copying.ts';
import { IconButton } from './icon-button.tsx';

const LOOKS = { copied: { name: 'Copied', icon: Check }, failed: { name: 'Could not copy', icon: X } } as const;

type Props = { what: string; text: () => string };

/** `text` is asked for at the click: what there is then, is copied. */
export function CopyButton({ what, text }: Props) {
  const [state, copy] = useCopying();
  const look = state === 'idle' ? { name: `Copy ${what}`, icon: Copy } : LOOKS[state];
  return <IconButton {...look} onClick={() => void copy(text())} />;
}
