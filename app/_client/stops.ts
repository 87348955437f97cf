import type { Turn } from '#lib/protocol/turn.ts';
import type { Api } from './api.ts';
import { createCell, type Watched } from './cell.ts';
import type { Pause } from './pause.ts';

/** Turn ids, each with why the last try to stop it came to nothing: null while that is not known. */
export type Stopping = ReadonlyMap<string, string | null>;

export type Stops = ReturnType<typeof createStops>;

type Needs = { api: Pick<Api, 'stop'>; pause: Pause; onStopped: (turn: Turn) => void };

/** The user's Stops that the server has not carried out yet; each is tried until it has. */
export function createStops({ api, pause, onStopped }: Needs) {
  const pending = createCell<Stopping>(new Map());

  return {
    pending: pending as Watched<Stopping>,

    async stop(conversationId: string, turnId: string): Promise<void> {
      if (pending.get().has(turnId)) return;
      pending.set(new Map(pending.get()).set(turnId, null));
      for (let tries = 0; ; tries++) {
        const answer = await api.stop(conversationId, turnId);
        // Rev 0: its send has not arrived, so there is no row yet; that send's answer will say `stopped` [STOP4].
        if (answer.ok && answer.value.rev > 0) onStopped(answer.value);
        // Where the conversation is gone there is nothing left to stop. Nothing else in a Stop can be wrong for good: one
        // that is refused, by a proxy that wants a sign-in or has lost its way, has not been carried out.
        if (answer.ok || answer.code === 'not_found') break;
        pending.set(new Map(pending.get()).set(turnId, answer.message));
        await pause(tries);
      }
      pending.set(new Map([...pending.get()].filter(([id]) => id !== turnId)));
    },
  };
}
