import { useId, useState, type KeyboardEvent } from 'react';
import { LIMITS } from '#lib/protocol/limits.ts';
import { Button } from './button.tsx';
import { isEnter, tooLongWords } from './typing.ts';

type Props = { prompt: string; saveWords: string; onSave: (prompt: string) => void; onCancel: () => void };

/** In the place of a prompt that is being changed. */
export function PromptEditor({ prompt, saveWords, onSave, onCancel }: Props) {
  const [text, setText] = useState(prompt);
  const tooLongId = useId();
  const isTooLong = text.length > LIMITS.promptLength;

  function save(): void {
    if (text.trim() !== '' && !isTooLong) onSave(text);
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (isEnter(event)) save();
    else if (event.key === 'Escape' && !event.nativeEvent.isComposing) onCancel();
    else return;
    // This Esc stops no turn, and this Enter is no line.
    event.preventDefault();
  }

  return (
    <form
      className="w-full rounded-2xl border border-edge bg-paper p-2 focus-within:border-accent"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <textarea
        ref={takeFocus}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
        aria-label="Edit message"
        aria-invalid={isTooLong}
        aria-describedby={tooLongId}
        dir="auto"
        className="message-box block max-h-[40dvh] w-full resize-none bg-transparent px-2 py-1.5 outline-none"
      />
      <output id={tooLongId} className="block px-2 text-sm text-danger empty:hidden">
        {tooLongWords(text.length)}
      </output>
      <div className="flex justify-end gap-2">
        <Button look="quiet" size="small" onClick={onCancel}>
          Cancel
        </Button>
        <Button look="primary" size="small" type="submit">
          {saveWords}
        </Button>
      </div>
    </form>
  );
}

/** Once, when it comes, with the cursor where one goes on writing. */
function takeFocus(box: HTMLTextAreaElement | null): void {
  box?.focus();
  box?.setSelectionRange(box.value.length, box.value.length);
  box?.form?.scrollIntoView({ block: 'nearest' }); // its buttons too: the tray is low
}
