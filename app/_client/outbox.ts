import { v7 as uuidv7 } from 'uuid';
import type { Turn } from '#lib/protocol/turn.ts';
import { isPassing, type Api, type TurnToSend } from './api.ts';
import { createCell, type Watched } from './cell.ts';
import type { Outgoing, OutgoingStorage } from './outgoing.ts';
import type { Pause } from './pause.ts';

/** `trouble` says why the last try came to nothing; the next one comes by itself unless it was refused. */
export type Sending = Outgoing & { trouble: string | null };

export type Outbox = ReturnType<typeof createOutbox>;

type Needs = {
  api: Pick<Api, 'send'>;
  storage: OutgoingStorage;
  pause: Pause;
  onAccepted: (turn: Turn) => void;
};

/**
 * Keeps what the user sent until the server has it: stored before the first try, tried again after every passing
 * trouble, also after a reload. Its id makes a second arrival harmless [SEND2]. A conversation's messages go one after
 * the other, so that they arrive in the order they were written.
 */
export function createOutbox({ api, storage, pause, onAccepted }: Needs) {
  const state = createCell<readonly Sending[]>([]);
  const busy = new Set<string>();

  const change = (id: string, by: Partial<Sending>) =>
    state.set(state.get().map((sending) => (sending.id === id ? { ...sending, ...by } : sending)));
  const remove = (id: string) => state.set(state.get().filter((sending) => sending.id !== id));

  async function work(conversationId: string): Promise<void> {
    if (busy.has(conversationId)) return;
    busy.add(conversationId);
    for (let tries = 0; ;) {
      const next = state.get().find((sending) => sending.conversationId === conversationId && sending.refused === null);
      if (!next) break;
      const { id, prompt, mode, parentId, settings } = next;
      const answer = await api.send({
        id,
        conversationId,
        prompt,
        mode,
        ...(parentId !== undefined && { parentId }),
        ...(settings && { settings }),
      });
      if (answer.ok) {
        storage.forget(id);
        onAccepted(answer.value);
        remove(id);
        tries = 0;
      } else if (isPassing(answer)) {
        change(id, { trouble: answer.message });
        await pause(tries++);
      } else if (state.get().some((sending) => sending.id === id)) {
        // Not where it was discarded meanwhile, in another tab: that would bring it back.
        const { trouble: _, ...outgoing } = next;
        storage.keep({ ...outgoing, refused: answer.message });
        change(id, { refused: answer.message, trouble: null });
      }
    }
    busy.delete(conversationId);
  }

  return {
    state: state as Watched<readonly Sending[]>,

    send(turn: Omit<TurnToSend, 'id'>): void {
      const outgoing: Outgoing = { ...turn, id: uuidv7(), createdAt: new Date().toISOString(), refused: null };
      storage.keep(outgoing);
      state.set([...state.get(), { ...outgoing, trouble: null }]);
      void work(turn.conversationId);
    },

    tryAgain(id: string): void {
      change(id, { refused: null, trouble: null });
      const again = state.get().find((sending) => sending.id === id);
      if (again) void work(again.conversationId);
    },

    discard(id: string): void {
      storage.forget(id);
      remove(id);
    },

    /** Takes up what an earlier page left behind. */
    resume(): void {
      const known = new Set(state.get().map((sending) => sending.id));
      const left = storage.all().filter((outgoing) => !known.has(outgoing.id));
      state.set([...left.map((outgoing) => ({ ...outgoing, trouble: null })), ...state.get()]);
      for (const { conversationId } of left) void work(conversationId);
    },

    /** Another tab brought it to its end, or its user discarded it there. */
    dropped: remove,
  };
}
