'use client';

import { CSPProvider } from '@base-ui/react/csp-provider';
import { Drawer } from '@base-ui/react/drawer';
import { Menu } from 'lucide-react';
import { usePathname } from 'next/navigation';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { v7 as uuidv7 } from 'uuid';
import { conversationAt, goTo, NEW_CHAT, SETTINGS } from '#app/_client/address.ts';
import type { Theme } from '#app/_client/theme.ts';
import { useWhenWide } from '#app/_client/use-when-wide.ts';
import { createViewer } from '#app/_client/viewer.ts';
import { ViewerContext } from '#app/_client/viewer-context.ts';
import { Conversation } from './conversation.tsx';
import { ErrorBoundary } from './error-boundary.tsx';
import { Hints } from './hint.tsx';
import { IconButton } from './icon-button.tsx';
import { SettingsPage } from './settings-page.tsx';
import { Shortcuts } from './shortcuts.tsx';
import { Sidebar } from './sidebar.tsx';

type Props = { gatewayUrl: string; theme: Theme; children: ReactNode };

/** `children` is what the address shows when it names neither a conversation nor the settings. */
export function Shell({ gatewayUrl, theme, children }: Props) {
  const [viewer] = useState(() => createViewer(gatewayUrl, theme));
  useEffect(() => viewer.start(), [viewer]);
  const { pathname, id, isNew, beginNew } = useAddressed();
  const [isMenuOpen, setIsMenuOpen] = useState(false);
  const [areShortcutsOpen, setAreShortcutsOpen] = useState(false);
  /** Whoever followed a link is where it leads; else the focus goes back to the button. */
  const hasFollowed = useRef(false);

  function openMenu(): void {
    hasFollowed.current = false;
    setIsMenuOpen(true);
  }

  const closeMenu = () => setIsMenuOpen(false);

  function follow(): void {
    hasFollowed.current = true;
    closeMenu();
  }

  useWhenWide(closeMenu);

  function onDeleted(deletedId: string): void {
    if (deletedId !== id) return;
    goTo(NEW_CHAT);
    beginNew();
  }

  const menuButton = <IconButton name="Menu" icon={Menu} onClick={openMenu} className="-ml-1 md:hidden" />;
  const sidebar = (
    <Sidebar
      currentId={id}
      pathname={pathname}
      onFollow={follow}
      onNewChat={() => {
        beginNew();
        follow();
      }}
      onDeleted={onDeleted}
      onShortcuts={() => setAreShortcutsOpen(true)}
    />
  );

  return (
    // The library's own style elements only hide a scroll bar, and the pages' policy refuses them [SEC3].
    <CSPProvider disableStyleElements>
      <ViewerContext value={viewer}>
        <div className="page flex h-dvh overflow-hidden">
          <nav
            aria-label="Conversations"
            className="hidden w-72 shrink-0 flex-col border-r border-line bg-panel md:flex"
          >
            {sidebar}
          </nav>
          <main className="flex min-w-0 flex-1 flex-col">
            {id !== null ? (
              <ErrorBoundary key={id}>
                <Conversation id={id} isNew={isNew} menuButton={menuButton} />
              </ErrorBoundary>
            ) : pathname === SETTINGS ? (
              <SettingsPage menuButton={menuButton} />
            ) : (
              children
            )}
          </main>
        </div>
        <Drawer.Root open={isMenuOpen} onOpenChange={setIsMenuOpen} swipeDirection="left">
          <Drawer.Portal>
            <Drawer.Backdrop className="veil fixed inset-0 z-20" />
            <Drawer.Viewport className="fixed inset-0 z-30 flex">
              <Drawer.Popup
                aria-label="Menu"
                finalFocus={() => !hasFollowed.current}
                className="drawer page flex w-72 max-w-[85vw] flex-col border-r border-line bg-panel outline-none"
              >
                <nav aria-label="Conversations" className="flex min-h-0 flex-1 flex-col">
                  {sidebar}
                </nav>
              </Drawer.Popup>
            </Drawer.Viewport>
          </Drawer.Portal>
        </Drawer.Root>
        <Shortcuts
          isOpen={areShortcutsOpen}
          onOpen={() => setAreShortcutsOpen(true)}
          onClose={() => setAreShortcutsOpen(false)}
        />
        <Hints />
      </ViewerContext>
    </CSPProvider>
  );
}

/**
 * The conversation of the address. At `/` it is one that does not exist yet, under an id made here: the first send
 * moves the address to `/c/…` of that same id, so nothing is drawn anew.
 */
function useAddressed() {
  const pathname = usePathname();
  const [freshId, setFreshId] = useState(() => uuidv7());
  const [seen, setSeen] = useState(pathname);
  const beginNew = () => setFreshId(uuidv7());
  if (pathname !== seen) {
    setSeen(pathname);
    if (pathname === NEW_CHAT) beginNew();
  }
  const isNew = pathname === NEW_CHAT;
  return { pathname, id: isNew ? freshId : conversationAt(pathname), isNew, beginNew };
}
