import { ArrowDown } from 'lucide-react';
import { useState } from 'react';
import { Button } from './button.tsx';

/** Drawn while the reader is not at the end. `tip` changes with whatever comes there. */
export function JumpButton({ tip, onJump }: { tip: string; onJump: () => void }) {
  const [left] = useState(tip);
  return (
    <Button
      size="small"
      className="absolute bottom-3 left-1/2 -translate-x-1/2 whitespace-nowrap shadow-md"
      onClick={onJump}
    >
      <ArrowDown aria-hidden className="size-4" />
      {tip === left ? 'Jump to latest' : 'Jump to latest: there is more'}
    </Button>
  );
}
