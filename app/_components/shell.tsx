'use client';

import { usePathname } from 'next/navigation';
import { useEffect, useState, type ReactNode } from 'react';
import { v7 as uuidv7 } from 'uuid';
import { conversationAt, goTo, NEW_CHAT } from '#app/_client/address.ts';
import { useDrawer } from '#app/_client/use-drawer.ts';
import { createViewer } from '#app/_client/viewer.ts';
import { ViewerContext } from '#app/_client/viewer-context.ts';
import { Conversation } from './conversation.tsx';
import { ErrorBoundary } from './error-boundary.tsx';
import { Sidebar } from './sidebar.tsx';

/** `children` is what the address shows when it names no conversation. */
export function Shell({ gatewayUrl, children }: { gatewayUrl: string; children: ReactNode }) {
  const [viewer] = useState(() => createViewer(gatewayUrl));
  useEffect(() => viewer.start(), [viewer]);
  const { id, isNew, beginNew } = useAddressedConversation();
  const { isOpen, open, close, opener, panel } = useDrawer();

  function onDeleted(deletedId: string): void {
    if (deletedId !== id) return;
    goTo(NEW_CHAT);
    beginNew();
  }

  const menuButton = (
    <button
      ref={opener}
      type="button"
      onClick={open}
      aria-expanded={isOpen}
      aria-controls="conversations"
      className="-ml-1 rounded-lg px-2.5 py-2 text-sm font-medium text-soft hover:bg-panel hover:text-ink md:hidden"
    >
      Menu
    </button>
  );

  return (
    <ViewerContext value={viewer}>
      <div className="flex h-dvh overflow-hidden">
        {isOpen && <div className="fixed inset-0 z-10 bg-veil md:hidden" onClick={close} aria-hidden />}
        <nav
          id="conversations"
          ref={panel}
          aria-label="Conversations"
          tabIndex={-1}
          data-open={isOpen}
          className="drawer flex w-72 shrink-0 flex-col border-r border-line bg-panel outline-none"
        >
          <Sidebar
            currentId={id}
            onFollow={close}
            onNewChat={() => {
              beginNew();
              close();
            }}
            onDeleted={onDeleted}
          />
        </nav>
        <main className="flex min-w-0 flex-1 flex-col" inert={isOpen}>
          {id === null ? (
            children
          ) : (
            <ErrorBoundary key={id}>
              <Conversation id={id} isNew={isNew} menuButton={menuButton} />
            </ErrorBoundary>
          )}
        </main>
      </div>
    </ViewerContext>
  );
}

/**
 * The conversation of the address. At `/` it is one that does not exist yet, under an id made here: the first send
 * moves the address to `/c/…` of that same id, so nothing is drawn anew.
 */
function useAddressedConversation() {
  const pathname = usePathname();
  const [freshId, setFreshId] = useState(() => uuidv7());
  const [seen, setSeen] = useState(pathname);
  const beginNew = () => setFreshId(uuidv7());
  if (pathname !== seen) {
    setSeen(pathname);
    if (pathname === NEW_CHAT) beginNew();
  }
  const isNew = pathname === NEW_CHAT;
  return { id: isNew ? freshId : conversationAt(pathname), isNew, beginNew };
}
