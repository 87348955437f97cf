import type { Turn } from '#lib/protocol/turn.ts';
import { api } from './api.ts';
import { createConversationStore, type ConversationStore } from './conversation-store.ts';
import { createDeletions } from './deletions.ts';
import { createGateway } from './gateway.ts';
import { createHealthStore } from './health-store.ts';
import { createListStore } from './list-store.ts';
import { createOutbox } from './outbox.ts';
import { allowedStorage, createOutgoingStorage, forgottenBy } from './outgoing.ts';
import { nextFrame } from './pace.ts';
import { growingPause as pause } from './pause.ts';
import { createStops } from './stops.ts';

export type Viewer = ReturnType<typeof createViewer>;

/** Everything that this page knows and can do, put together: the only place that knows all its parts. */
export function createViewer(gatewayUrl: string) {
  const gateway = createGateway(gatewayUrl);
  const open = new Map<string, ConversationStore>();
  const told = (turn: Turn) => void open.get(turn.conversationId)?.told([turn]);
  const list = createListStore({ api, gateway, pause });
  const health = createHealthStore({ api, link: gateway.link });
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
    link: gateway.link,
    list,
    health,
    stops,
    deletions,
    outbox,

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
      const ends = [gateway.start(), list.start(), health.start()];
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
