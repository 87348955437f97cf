import type { Turn } from '#lib/protocol/turn.ts';
import { isPassing, type Api } from './api.ts';
import { createCell, type Watched } from './cell.ts';
import type { Pause } from './pause.ts';

export type Stops = ReturnType<typeof createStops>;

type Needs = { api: Pick<Api, 'stop'>; pause: Pause; onStopped: (turn: Turn) => void };

/** The user's Stops that the server has not answered yet; one that finds no server is tried until it does. */
export function createStops({ api, pause, onStopped }: Needs) {
  const pending = createCell<ReadonlySet<string>>(new Set());

  return {
    pending: pending as Watched<ReadonlySet<string>>,

    async stop(conversationId: string, turnId: string): Promise<void> {
      if (pending.get().has(turnId)) return;
      pending.set(new Set([...pending.get(), turnId]));
      for (let tries = 0; ; tries++) {
        const answer = await api.stop(conversationId, turnId);
        // Rev 0: its send has not arrived, so there is no row yet; that send's answer will say `stopped` [STOP4].
        if (answer.ok && answer.value.rev > 0) onStopped(answer.value);
        // A refusal means that there is nothing left to stop: the conversation is gone.
        if (answer.ok || !isPassing(answer)) break;
        await pause(tries);
      }
      pending.set(new Set([...pending.get()].filter((id) => id !== turnId)));
    },
  };
}
