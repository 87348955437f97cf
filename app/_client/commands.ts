import type { Mode, Turn } from '#lib/protocol/turn.ts';
import { addressOf, goTo } from './address.ts';
import type { ConversationStore } from './conversation-store.ts';
import type { Viewer } from './viewer.ts';

export type Commands = ReturnType<typeof commandsOf>;

/** What a reader can do in one conversation. */
export function commandsOf({ outbox, stops }: Pick<Viewer, 'outbox' | 'stops'>, store: ConversationStore) {
  const conversationId = store.id;
  return {
    send(prompt: string, mode: Mode): void {
      outbox.send({ conversationId, prompt, mode });
      goTo(addressOf(conversationId));
    },

    stop: (turnId: string): void => void stops.stop(conversationId, turnId),

    /**
     * Asks again in the failed turn's place, beside it. Where the conversation has gone on since, that would hide what
     * came after, so the question is asked at the end.
     */
    retry({ id, prompt, parentId }: Turn): void {
      const { turns } = store.state.get().view;
      const hasGoneOn = [...turns.values()].some((turn) => turn.parentId === id && turn.status !== 'queued');
      outbox.send({ conversationId, prompt, mode: 'queue', ...(!hasGoneOn && { parentId }) });
    },

    tryAgain: (id: string): void => outbox.tryAgain(id),
    discard: (id: string): void => outbox.discard(id),
  };
}
