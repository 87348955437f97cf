import { useEffect, useEffectEvent } from 'react';
import type { EnterDoes } from '#app/_client/preferences.ts';
import { useCell } from '#app/_client/use-cell.ts';
import { useViewer } from '#app/_client/viewer-context.ts';
import { Dialog } from './dialog.tsx';

type Props = { isOpen: boolean; onOpen: () => void; onClose: () => void };

/** Every key that does something, on one sheet; `?` opens it wherever nothing is being typed. */
export function Shortcuts({ isOpen, onOpen, onClose }: Props) {
  const { enter } = useCell(useViewer().preferences.state);
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if (event.key !== '?' || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    event.preventDefault();
    onOpen();
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => onKey(event);
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);

  return (
    <Dialog title="Keyboard shortcuts" isOpen={isOpen} onClose={onClose}>
      <dl className="grid grid-cols-[auto_1fr] items-baseline gap-x-5 gap-y-2.5 text-sm">
        {keysOf(enter).map(({ keys, words }) => (
          <div key={keys} className="contents">
            <dt>
              <kbd className="rounded-md border border-line bg-panel px-1.5 py-0.5 font-sans whitespace-nowrap">
                {keys}
              </kbd>
            </dt>
            <dd className="text-soft">{words}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}

const keysOf = (enter: EnterDoes) => [
  { keys: 'Enter', words: `Send; while a reply is written, ${enter === 'interject' ? 'interject' : 'queue'}` },
  {
    keys: 'Ctrl+Enter',
    words: `While a reply is written, ${enter === 'interject' ? 'queue for after it' : 'interject'} (⌘+Enter on a Mac)`,
  },
  { keys: 'Shift+Enter', words: 'A new line' },
  { keys: 'Esc', words: 'Stop the reply; close what is open' },
  { keys: '↑', words: 'In an empty box: edit your last message' },
  { keys: '?', words: 'This sheet' },
];

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
