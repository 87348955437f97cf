import { Tooltip } from '@base-ui/react/tooltip';
import type { ReactElement } from 'react';

/** One for all: a page of turns has hundreds of buttons. */
const hints = Tooltip.createHandle<string>();

/** What a button without words does, for those who see. Screen readers have the button's name. */
export function Hint({ words, children }: { words: string; children: ReactElement }) {
  return <Tooltip.Trigger handle={hints} payload={words} delay={500} render={children} />;
}

/** Where they are drawn: once, beside the page. */
export function Hints() {
  return (
    <Tooltip.Root handle={hints}>
      {({ payload }) => (
        <Tooltip.Portal>
          <Tooltip.Positioner sideOffset={6} className="z-40">
            <Tooltip.Popup className="popup rounded-md bg-ink px-2 py-1 text-xs text-paper">{payload}</Tooltip.Popup>
          </Tooltip.Positioner>
        </Tooltip.Portal>
      )}
    </Tooltip.Root>
  );
}
