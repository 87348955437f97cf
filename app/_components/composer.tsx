import {
  useEffect,
  useId,
  useState,
  type ClipboardEvent,
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
} from 'react';
import { LIMITS } from '#lib/protocol/limits.ts';
import type { Mode } from '#lib/protocol/turn.ts';
import { ASIDE } from '#app/_client/drafts.ts';
import { useCell } from '#app/_client/use-cell.ts';
import { useViewer } from '#app/_client/viewer-context.ts';
import { Button } from './button.tsx';
import { PastedAside } from './pasted-aside.tsx';
import { isEnter, tooLongWords } from './typing.ts';

type Props = {
  box: RefObject<HTMLTextAreaElement | null>;
  /** Names the draft that is written here. */
  draftKey: string;
  /** How the first button sends: `interject` while the reader sees a turn running. */
  mode: Mode;
  canStop: boolean;
  isStopping: boolean;
  onSend: (prompt: string, mode: Mode) => void;
  onStop: () => void;
  /** ↑ in an empty box. */
  onEditLast: () => void;
  children: ReactNode;
};

/** Well over what may be sent, and still quick to put into a box. */
const ASIDE_LENGTH = 4 * LIMITS.promptLength;

/** Never disabled: what is typed while text streams is what the app is for. */
export function Composer(props: Props) {
  const { box, draftKey, mode, canStop, isStopping, onSend, onStop, onEditLast, children } = props;
  const { drafts, preferences } = useViewer();
  const text = useCell(drafts.of(draftKey));
  const { enter } = useCell(preferences.state);
  const [isRefused, setIsRefused] = useState(false);
  const tooLongId = useId();
  const asideKey = draftKey + ASIDE;
  const aside = useCell(drafts.of(asideKey));
  const length = text.length + aside.length;
  const isTooLong = length > LIMITS.promptLength;

  useEffect(() => {
    focusByKeyboard(box.current);
  }, [box]);

  function send(as: Mode): void {
    box.current?.focus();
    if (text.trim() === '' && aside === '') return;
    setIsRefused(isTooLong);
    if (isTooLong) return;
    onSend(text, as);
    drafts.change(draftKey, '');
  }

  /** A box takes ten seconds for 100,000 lines. So much could not be sent anyway: it is kept, but not put into the box. */
  function onPaste(event: ClipboardEvent): void {
    const pasted = event.clipboardData.getData('text/plain');
    if (pasted.length <= ASIDE_LENGTH) return;
    event.preventDefault();
    drafts.change(asideKey, aside + pasted);
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (isEnter(event)) {
      const isOther = event.ctrlKey || event.metaKey;
      const isSwapped = enter === 'queue';
      send(isOther === isSwapped ? mode : 'queue');
    } else if (event.key === 'ArrowUp' && text === '' && !event.nativeEvent.isComposing) {
      onEditLast();
    } else return;
    event.preventDefault();
  }

  return (
    <form
      className="rounded-2xl border border-edge bg-paper p-2 focus-within:border-accent"
      onSubmit={(event) => {
        event.preventDefault();
        send(mode);
      }}
    >
      <textarea
        ref={box}
        value={text}
        onChange={(event) => drafts.change(draftKey, event.target.value)}
        onKeyDown={onKeyDown}
        onPaste={onPaste}
        aria-label="Message"
        aria-invalid={isRefused && isTooLong}
        aria-describedby={tooLongId}
        placeholder={mode === 'interject' ? 'Say something now, or queue it for after' : 'Write a message'}
        rows={2}
        dir="auto"
        className="message-box block max-h-[40dvh] min-h-14 w-full resize-none bg-transparent px-2 py-1.5 outline-none"
      />
      <PastedAside text={aside} onDiscard={() => drafts.change(asideKey, '')} />
      <output id={tooLongId} className="block px-2 text-sm text-danger empty:hidden">
        {tooLongWords(length)}
      </output>
      {/* Of one height, and in this order, whatever can be pressed: nothing moves while text streams. */}
      <div className="flex flex-col gap-2 sm:flex-row sm:items-center">
        <div className="min-h-4 min-w-0 pl-2 text-xs text-soft sm:mr-auto">{children}</div>
        <div className="flex justify-end gap-2">
          {canStop && (
            <Button look="stop" onClick={onStop} disabled={isStopping}>
              Stop
            </Button>
          )}
          {mode === 'interject' && <Button onClick={() => send('queue')}>Queue</Button>}
          <Button look="primary" type="submit" className="min-w-24">
            {mode === 'interject' ? 'Interject' : 'Send'}
          </Button>
        </div>
      </div>
    </form>
  );
}

/** Focuses where there is a keyboard of its own; elsewhere focus would open one over the page. */
export function focusByKeyboard(box: HTMLTextAreaElement | null): void {
  if (window.matchMedia('(pointer: fine)').matches) box?.focus();
}
