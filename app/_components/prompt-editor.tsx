import { useId, useState, type KeyboardEvent } from 'react';
import { LIMITS } from '#lib/protocol/limits.ts';
import { useViewer } from '#app/_client/viewer-context.ts';
import { Button } from './button.tsx';
import { isEnter, tooLongWords } from './typing.ts';

type Props = {
  turnId: string;
  prompt: string;
  saveWords: string;
  /** Null, or why it was not taken, in words. */
  onSave: (prompt: string) => Promise<string | null>;
  onCancel: () => void;
};

/**
 * In the place of a prompt that is being changed. What is written is kept as a draft until it is taken or given up: the
 * editor goes when its turn is scrolled out of sight, or begins, and comes again elsewhere [PAGE4].
 */
export function PromptEditor({ turnId, prompt, saveWords, onSave, onCancel }: Props) {
  const { drafts } = useViewer();
  const draftKey = `edit.${turnId}`;
  const [text, setText] = useState(() => drafts.of(draftKey).get() || prompt);
  const tooLongId = useId();
  const isTooLong = text.length > LIMITS.promptLength;
  const forget = () => drafts.change(draftKey, '');

  async function save(): Promise<void> {
    if (text.trim() === '' || isTooLong) return;
    if ((await onSave(text)) === null) forget();
  }

  function write(changed: string): void {
    setText(changed);
    drafts.change(draftKey, changed);
  }

  function cancel(): void {
    forget();
    onCancel();
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (isEnter(event)) void save();
    else if (event.key === 'Escape' && !event.nativeEvent.isComposing) cancel();
    else return;
    // This Esc stops no turn, and this Enter is no line.
    event.preventDefault();
  }

  return (
    <form
      className="w-full rounded-2xl border border-edge bg-paper p-2 focus-within:border-accent"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <textarea
        ref={takeFocus}
        value={text}
        onChange={(event) => write(event.target.value)}
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
        <Button look="quiet" size="small" onClick={cancel}>
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
