import { v7 } from 'uuid';
import { WebEnv } from '#lib/env.ts';
import { SendTurn } from '#lib/protocol/command.ts';
import type { TurnEvent } from '#lib/protocol/event.ts';
import { isOutcome, type Settings, type Turn } from '#lib/protocol/turn.ts';
import { openStore, type Store } from '#lib/store/store.ts';
import { createTemporalClient, type TemporalClient } from '#lib/temporal/client.ts';
import { until } from './until.ts';

export type Sending = {
  id?: string;
  mode?: 'queue' | 'interject';
  parentId?: string | null;
  settings?: Settings;
  /** Left out: Temporal is told. `false`: the signal is lost, or sent later by `signal`. */
  signal?: boolean;
};
export type Sent = { turnId: string; ended: string[] };

/** As in the web process: the row is what counts, and the worker's outbox tells what was not taken in time. */
const leftToOutbox = () => {};

/** What the web process does for a user, through a store handle of its own, without HTTP around it. */
export type User = ReturnType<typeof createUser>;

export function createUser(variables: Record<string, string>) {
  const env = WebEnv.parse(variables);
  const store: Store = openStore({ dataDir: env.DATA_DIR, durable: true });
  const temporal: TemporalClient = createTemporalClient(env);

  async function turn(turnId: string): Promise<Turn> {
    const found = await store.turn(turnId);
    if (!found) throw new Error(`There is no turn ${turnId}.`);
    return found;
  }

  async function signal(conversationId: string, sent: Sent): Promise<void> {
    await temporal.requestTurn(conversationId, sent);
    await store.outbox.signalled(sent.turnId);
  }

  return {
    store,
    temporal,
    turn,
    signal,

    /** Sends a message; throws when it is refused. */
    async send(
      conversationId: string,
      prompt: string,
      { signal: tells = true, ...fields }: Sending = {},
    ): Promise<Sent> {
      const submitted = await store.submit(conversationId, SendTurn.parse({ id: v7(), prompt, ...fields }));
      if (submitted.kind === 'refused') throw new Error(`refused: ${submitted.code}`);
      const sent = { turnId: submitted.turn.id, ended: submitted.ended };
      if (tells && submitted.signal) await signal(conversationId, sent).catch(leftToOutbox);
      return sent;
    },

    /** Answers as the click does: with what the store holds from now on. `signal: false` leaves Temporal out. */
    async stop(conversationId: string, turnId: string, { signal: tells = true } = {}): Promise<Turn> {
      const stopped = await store.conversations.stop(conversationId, turnId);
      if (!stopped) throw new Error('There is no such conversation.');
      if (tells && stopped.signal) {
        await temporal
          .requestStop(conversationId, { turnId })
          .then(() => store.outbox.stopsTold([turnId]), leftToOutbox);
      }
      return stopped.turn;
    },

    async delete(conversationId: string): Promise<void> {
      await store.conversations.delete(conversationId);
      await temporal.terminate(conversationId, 'The conversation was deleted.');
    },

    /** The turn, once it has its outcome. */
    async ended(turnId: string, timeoutMs = 20_000): Promise<Turn> {
      let seen: Turn | undefined;
      return until(async () => ((seen = await turn(turnId)), isOutcome(seen.status) && seen), {
        timeoutMs,
        seen: () => seen,
      });
    },

    /** The turn, once `holds` is true of it. */
    async when(turnId: string, holds: (turn: Turn) => boolean, timeoutMs = 20_000): Promise<Turn> {
      let seen: Turn | undefined;
      return until(async () => ((seen = await turn(turnId)), holds(seen) && seen), { timeoutMs, seen: () => seen });
    },

    /** The turn's log, which stays for a minute after its end. */
    async log(turnId: string): Promise<TurnEvent[]> {
      return (await store.snapshots.eventsSince(turnId, 0))?.events ?? [];
    },

    async close(): Promise<void> {
      await temporal.close();
      await store.close();
    },
  };
}
