import { ArrowDown, ArrowUp, Pencil, SendHorizontal, X } from 'lucide-react';
import { requestOf, type Entry } from '#app/_client/entry.ts';
import { Grip, useDraggable } from './draggable.tsx';
import { IconButton } from './icon-button.tsx';
import { PromptEditor } from './prompt-editor.tsx';

type Props = {
  entry: Entry;
  words: string;
  index: number;
  isLast: boolean;
  isRemoving: boolean;
  isEditing: boolean;
  onEdit: (isOpen: boolean) => void;
  onSave: (prompt: string) => Promise<string | null>;
  onMove: (by: -1 | 1) => void;
  onSayNow: () => void;
  onRemove: () => void;
};

/** A turn that waits behind another; one that the server has not taken yet can only be removed. */
export function QueuedTurn(props: Props) {
  const { entry, words, index, isLast, isRemoving, isEditing, onEdit, onSave, onMove, onSayNow, onRemove } = props;
  const { prompt } = requestOf(entry);
  const isTaken = 'turn' in entry;
  const isAlone = index === 0 && isLast;
  const { ref, handleRef, isDragging } = useDraggable(entry.id, index, !isTaken || isEditing || isAlone);
  return (
    <article
      ref={ref}
      data-turn-id={entry.id}
      data-status={isTaken ? entry.turn.status : 'sending'}
      className="flex flex-wrap items-center gap-x-2 rounded-xl bg-paper px-3 py-1.5 has-[form]:p-1 data-dragging:shadow-lg"
      data-dragging={isDragging || undefined}
    >
      {isTaken && !isEditing && !isAlone && <Grip handleRef={handleRef} />}
      {isEditing ? (
        <PromptEditor
          turnId={entry.id}
          prompt={prompt}
          saveWords="Save"
          onSave={onSave}
          onCancel={() => onEdit(false)}
        />
      ) : (
        <div className="min-w-40 flex-1">
          <div data-part="prompt" dir="auto" className="line-clamp-2 text-sm whitespace-pre-wrap wrap-anywhere">
            {prompt}
          </div>
          <p className="text-xs text-soft">{words}</p>
        </div>
      )}
      <div data-part="reply" />
      <div className="ml-auto flex">
        {isTaken && !isEditing && (
          <>
            <IconButton name="Send now" icon={SendHorizontal} onClick={onSayNow} />
            <IconButton name="Edit message" icon={Pencil} onClick={() => onEdit(true)} />
            <IconButton name="Move up" icon={ArrowUp} disabled={index === 0} onClick={() => onMove(-1)} />
            <IconButton name="Move down" icon={ArrowDown} disabled={isLast} onClick={() => onMove(1)} />
          </>
        )}
        {!isEditing && <IconButton name="Remove" icon={X} disabled={isRemoving} onClick={onRemove} />}
      </div>
    </article>
  );
}
