import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useState } from 'react';
import { IconButton } from './icon-button.tsx';

type Props = {
  turnId: string;
  siblings: readonly string[];
  /** Null, or why another one was not chosen, in words. */
  onSwitch: (turnId: string) => Promise<string | null>;
};

/** A turn that was edited or asked again stands beside the others of its place: which one is read, and the way to them. */
export function Branches({ turnId, siblings, onSwitch }: Props) {
  const [said, setSaid] = useState('');
  const at = siblings.indexOf(turnId);
  if (siblings.length < 2 || at === -1) return null;
  const [before, after] = [siblings[at - 1], siblings[at + 1]];

  async function choose(id: string): Promise<void> {
    setSaid('');
    const trouble = await onSwitch(id);
    setSaid(trouble === null ? '' : `Not switched: ${trouble}`);
  }

  return (
    <fieldset aria-label="Versions" className="flex items-center">
      <IconButton
        name="Previous version"
        icon={ChevronLeft}
        disabled={before === undefined}
        onClick={() => before !== undefined && void choose(before)}
      />
      <span className="min-w-8 text-center text-xs tabular-nums">
        {at + 1} / {siblings.length}
      </span>
      <IconButton
        name="Next version"
        icon={ChevronRight}
        disabled={after === undefined}
        onClick={() => after !== undefined && void choose(after)}
      />
      <output aria-label="Version" className="px-1 text-xs text-soft empty:hidden">
        {said}
      </output>
    </fieldset>
  );
}
