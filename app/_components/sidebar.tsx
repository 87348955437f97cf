import { Keyboard, Settings, SquarePen, Trash2 } from 'lucide-react';
import { useRef } from 'react';
import { Virtualizer } from 'virtua';
import { addressOf, NEW_CHAT, SETTINGS } from '#app/_client/address.ts';
import { useCell } from '#app/_client/use-cell.ts';
import { useViewer } from '#app/_client/viewer-context.ts';
import { AppLink } from './app-link.tsx';
import { buttonClass } from './button.tsx';
import { IconButton } from './icon-button.tsx';
import { Undo } from './undo.tsx';

type Props = {
  currentId: string | null;
  pathname: string;
  /** After any link was followed: a drawer closes then. */
  onFollow: () => void;
  onNewChat: () => void;
  onDeleted: (id: string) => void;
  onShortcuts: () => void;
};

export function Sidebar({ currentId, pathname, onFollow, onNewChat, onDeleted, onShortcuts }: Props) {
  const { list, deletions } = useViewer();
  const conversations = useCell(list.state);
  const deleted = useCell(deletions.state);
  const scroller = useRef<HTMLDivElement>(null);
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
        <AppLink href={NEW_CHAT} onFollow={onNewChat} className={buttonClass({ size: 'small' })}>
          <SquarePen aria-hidden className="size-4" />
          New chat
        </AppLink>
      </div>
      <div ref={scroller} className="relative min-h-0 flex-1 overflow-y-auto px-2 pb-2">
        {shown?.length === 0 && <p className="px-3 py-2 text-sm text-soft">No conversations yet.</p>}
        {shown && shown.length > 0 && (
          <Virtualizer as="ul" item="li" data={shown} scrollRef={scroller}>
            {({ id, title }) => (
              <div key={id} className="group relative">
                <AppLink
                  href={addressOf(id)}
                  onFollow={onFollow}
                  dir="auto"
                  aria-current={id === currentId ? 'page' : undefined}
                  className="row block truncate rounded-lg py-2 pr-10 pl-3 text-sm hover:bg-hover aria-[current]:bg-hover aria-[current]:font-medium"
                >
                  {title}
                </AppLink>
                <IconButton
                  name={`Delete ${title}`}
                  icon={Trash2}
                  onClick={() => remove(id, title)}
                  className="reveal absolute top-1/2 right-1 -translate-y-1/2 hover:bg-paper hover:text-danger"
                />
              </div>
            )}
          </Virtualizer>
        )}
      </div>
      <Undo onRestored={onFollow} />
      <div className="flex items-center justify-between gap-2 border-t border-line px-2 py-2">
        <AppLink
          href={SETTINGS}
          onFollow={onFollow}
          aria-current={pathname === SETTINGS ? 'page' : undefined}
          className={buttonClass({ look: 'quiet', size: 'small' }, 'aria-[current]:bg-hover')}
        >
          <Settings aria-hidden className="size-4" />
          Settings
        </AppLink>
        <IconButton name="Keyboard shortcuts" icon={Keyboard} onClick={onShortcuts} />
      </div>
    </>
  );
}
