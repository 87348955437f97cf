import { NEW_CHAT, addressOf } from '#app/_client/address.ts';
import { useCell } from '#app/_client/use-cell.ts';
import { useViewer } from '#app/_client/viewer-context.ts';
import { AppLink } from './app-link.tsx';
import { Undo } from './undo.tsx';

type Props = {
  currentId: string | null;
  /** After any link was followed: a drawer closes then. */
  onFollow: () => void;
  onNewChat: () => void;
  onDeleted: (id: string) => void;
};

export function Sidebar({ currentId, onFollow, onNewChat, onDeleted }: Props) {
  const { list, deletions } = useViewer();
  const conversations = useCell(list.state);
  const deleted = useCell(deletions.state);
  const hidden = new Set(deleted.filter(({ trouble }) => trouble === null).map(({ id }) => id));
  const shown = conversations?.filter(({ id }) => !hidden.has(id));

  function remove(id: string, title: string): void {
    void deletions.delete(id, title);
    onDeleted(id);
  }

  return (
    <>
      <div className="flex items-center justify-between gap-2 px-4 pt-4 pb-3">
        <p className="wordmark text-xl">Parley</p>
        <AppLink
          href={NEW_CHAT}
          onFollow={onNewChat}
          className="rounded-lg border border-edge bg-paper px-3 py-1.5 text-sm font-medium hover:bg-panel"
        >
          New chat
        </AppLink>
      </div>
      <ul className="min-h-0 flex-1 overflow-y-auto px-2 pb-2">
        {shown?.map(({ id, title }) => (
          <li key={id} className="group relative">
            <AppLink
              href={addressOf(id)}
              onFollow={onFollow}
              dir="auto"
              aria-current={id === currentId ? 'page' : undefined}
              className="block truncate rounded-lg py-2 pr-10 pl-3 text-sm hover:bg-hover aria-[current]:bg-hover aria-[current]:font-medium"
            >
              {title}
            </AppLink>
            <button
              type="button"
              onClick={() => remove(id, title)}
              aria-label={`Delete ${title}`}
              title="Delete"
              className="reveal absolute top-1/2 right-1.5 size-7 -translate-y-1/2 rounded-md text-soft hover:bg-paper hover:text-danger"
            >
              ×
            </button>
          </li>
        ))}
        {shown?.length === 0 && <li className="px-3 py-2 text-sm text-soft">No conversations yet.</li>}
      </ul>
      <Undo onRestored={onFollow} />
    </>
  );
}
