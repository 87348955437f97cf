import { ChevronLeft, ChevronRight } from 'lucide-react';
import { IconButton } from './icon-button.tsx';

type Props = { turnId: string; siblings: readonly string[]; onSwitch: (turnId: string) => void };

/** A turn that was edited or asked again stands beside the others of its place: which one is read, and the way to them. */
export function Branches({ turnId, siblings, onSwitch }: Props) {
  const at = siblings.indexOf(turnId);
  if (siblings.length < 2 || at === -1) return null;
  const [before, after] = [siblings[at - 1], siblings[at + 1]];
  return (
    <fieldset aria-label="Versions" className="flex items-center">
      <IconButton
        name="Previous version"
        icon={ChevronLeft}
        disabled={before === undefined}
        onClick={() => before !== undefined && onSwitch(before)}
      />
      <span className="min-w-8 text-center text-xs tabular-nums">
        {at + 1} / {siblings.length}
      </span>
      <IconButton
        name="Next version"
        icon={ChevronRight}
        disabled={after === undefined}
        onClick={() => after !== undefined && onSwitch(after)}
      />
    </fieldset>
  );
}
