import { useEffect, useId, useState, type KeyboardEvent, type ReactNode, type RefObject } from 'react';
import { LIMITS } from '#lib/protocol/limits.ts';
import type { Mode } from '#lib/protocol/turn.ts';
import { Button } from './button.tsx';

type Props = {
  box: RefObject<HTMLTextAreaElement | null>;
  /** How Enter sends: `interject` while the reader sees a turn running. */
  mode: Mode;
  canStop: boolean;
  isStopping: boolean;
  onSend: (prompt: string, mode: Mode) => void;
  onStop: () => void;
  children: ReactNode;
};

/** Never disabled: what is typed while text streams is what the app is for. */
export function Composer({ box, mode, canStop, isStopping, onSend, onStop, children }: Props) {
  const [text, setText] = useState('');
  const [isRefused, setIsRefused] = useState(false);
  const tooLongId = useId();
  const tooLong = text.length - LIMITS.promptLength;

  useEffect(() => {
    focusByKeyboard(box.current);
  }, [box]);

  function send(as: Mode): void {
    box.current?.focus();
    if (text.trim() === '') return;
    setIsRefused(tooLong > 0);
    if (tooLong > 0) return;
    onSend(text, as);
    setText('');
  }

  function onKeyDown(event: KeyboardEvent): void {
    // 229: some input methods end their composition with a key that does not say so.
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    if (event.key !== 'Enter' || event.shiftKey || event.altKey) return;
    event.preventDefault();
    send(event.ctrlKey || event.metaKey ? 'queue' : mode);
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
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
        aria-label="Message"
        aria-invalid={isRefused && tooLong > 0}
        aria-describedby={tooLongId}
        placeholder={mode === 'interject' ? 'Say something now, or queue it for after' : 'Write a message'}
        rows={2}
        dir="auto"
        className="message-box block max-h-[40dvh] min-h-14 w-full resize-none bg-transparent px-2 py-1.5 outline-none"
      />
      <output id={tooLongId} className="block px-2 text-sm text-danger empty:hidden">
        {tooLong > 0 ? tooLongWords(text.length, tooLong) : ''}
      </output>
      {/* Of one height, and in this order, whatever can be pressed: nothing moves while text streams. */}
      <div className="flex flex-col gap-2 sm:flex-row sm:items-center">
        <div className="min-h-4 min-w-0 pl-2 text-xs text-soft sm:mr-auto">{children}</div>
        <div className="flex justify-end gap-2">
          {canStop && (
            <Button look="stop" onClick={onStop} aria-disabled={isStopping}>
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

const count = new Intl.NumberFormat('en');

const tooLongWords = (length: number, over: number) =>
  `${count.format(length)} characters: at most ${count.format(LIMITS.promptLength)} fit. Shorten it by ${count.format(over)} to send it.`;
