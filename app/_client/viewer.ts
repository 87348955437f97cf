import type { Turn } from '#lib/protocol/turn.ts';
import { api } from './api.ts';
import { createConversationStore, type ConversationStore } from './conversation-store.ts';
import { createDrafts } from './drafts.ts';
import { createDeletions } from './deletions.ts';
import { createGateway } from './gateway.ts';
import { createHealthStore } from './health-store.ts';
import { createListStore } from './list-store.ts';
import { createOutbox } from './outbox.ts';
import { createOutgoingStorage, forgottenBy } from './outgoing.ts';
import { nextFrame } from './pace.ts';
import { growingPause as pause } from './pause.ts';
import { createPlaces } from './places.ts';
import { createPreferences } from './preferences.ts';
import { createStops } from './stops.ts';
import { allowedStorage, allowedTabStorage } from './storage.ts';
import { createTheme, type Theme } from './theme.ts';

export type Viewer = ReturnType<typeof createViewer>;

/** Everything that this page knows and can do, put together: the only place that knows all its parts. */
export function createViewer(gatewayUrl: string, drawnTheme: Theme) {
  const gateway = createGateway(gatewayUrl);
  const open = new Map<string, ConversationStore>();
  const told = (turn: Turn) => void open.get(turn.conversationId)?.told([turn]);
  const list = createListStore({ api, gateway, pause });
  const health = createHealthStore({ api, link: gateway.link });
  const drafts = createDrafts(allowedStorage, allowedTabStorage);
  const places = createPlaces(allowedStorage);
  const preferences = createPreferences(allowedStorage);
  const theme = createTheme(drawnTheme);
  const stops = createStops({ api, pause, onStopped: told });
  const deletions = createDeletions({ api, onChanged: () => list.refreshUnlessFollowed() });
  const storage = createOutgoingStorage(allowedStorage);
  const outbox = createOutbox({
    api,
    storage,
    pause,
    onAccepted(turn) {
      told(turn);
      list.refreshUnlessFollowed();
    },
  });

  return {
    api,
    link: gateway.link,
    list,
    health,
    stops,
    deletions,
    outbox,
    drafts,
    places,
    preferences,
    theme,

    /** Nothing is heard of it before its `start`. */
    conversation: (id: string, isNew: boolean) =>
      createConversationStore({ id, isNew, api, gateway, nextFrame, pause }),

    /** Commands' answers go to it while it is open. */
    open(store: ConversationStore): () => void {
      const stop = store.start();
      open.set(store.id, store);
      return () => {
        stop();
        if (open.get(store.id) === store) open.delete(store.id);
      };
    },

    start(): () => void {
      const ends = [gateway.start(), list.start(), health.start(), drafts.start(), preferences.start(), theme.start()];
      const onStorage = (event: StorageEvent) => {
        const id = forgottenBy(event);
        if (id !== null) outbox.dropped(id);
      };
      window.addEventListener('storage', onStorage);
      outbox.resume();
      return () => {
        window.removeEventListener('storage', onStorage);
        for (const end of ends) end();
      };
    },
  };
}
