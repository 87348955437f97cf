import { addressOf, goTo } from '#app/_client/address.ts';
import { useCell } from '#app/_client/use-cell.ts';
import { useViewer } from '#app/_client/viewer-context.ts';
import { Button } from './button.tsx';

/** The row that had the focus is gone; module-wide, so that it runs when the button comes and not at each drawing. */
const takeFocus = (button: HTMLButtonElement | null) => button?.focus();

/** Conversations deleted just now, each with its way back. */
export function Undo({ onRestored }: { onRestored: () => void }) {
  const { deletions } = useViewer();
  const deleted = useCell(deletions.state);

  async function undo(id: string): Promise<void> {
    if (!(await deletions.undo(id))) return;
    goTo(addressOf(id));
    onRestored();
  }

  return (
    <output aria-label="Deleted" className="flex flex-col gap-2 px-3 pb-3 empty:pb-0">
      {deleted.map(({ id, title, trouble, canUndo }) => (
        <span key={id} className="flex items-center gap-2 rounded-lg border border-edge bg-paper px-3 py-2 text-sm">
          <span className="line-clamp-2 min-w-0 flex-1 wrap-anywhere">{trouble ?? `Deleted “${title}”`}</span>
          {canUndo && (
            <Button ref={takeFocus} size="small" onClick={() => void undo(id)}>
              Undo
            </Button>
          )}
        </span>
      ))}
    </output>
  );
}
