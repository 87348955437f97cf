import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Store } from '#lib/store/store.ts';
import type { TemporalClient } from '#lib/temporal/client.ts';

const ROUND_MS = 1_000;
/** What the store may forget is looked for so many rounds apart. */
const SWEEP_ROUNDS = 10;

/** Tells Temporal what it has not taken yet [OB1] [OB2] [OB3], until `signal` aborts. Telling it twice is harmless. */
export async function runOutbox(
  store: Store,
  temporal: TemporalClient,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  let isAway = false;
  for (let round = 0; !signal.aborted; round++) {
    try {
      await tellAll(store, temporal, log);
      if (isAway) log.info('Temporal takes signals again');
      isAway = false;
      if (round % SWEEP_ROUNDS === 0) await store.outbox.sweep();
    } catch (error) {
      if (!isAway) log.warn({ error: String(error) }, 'a signal was not taken; the outbox keeps it and sends it again');
      isAway = true;
    }
    try {
      await pause(ROUND_MS, undefined, { signal });
    } catch {
      return; // aborted while it waited
    }
  }
}

/** The first signal that is not taken ends the round: Temporal is away, and each call would wait its whole deadline. */
async function tellAll(store: Store, temporal: TemporalClient, log: Logger): Promise<void> {
  for (const { conversationId, turnId, ended } of await store.outbox.dueSignals()) {
    await temporal.requestTurn(conversationId, { turnId, ended });
    await store.outbox.signalled(turnId);
    await store.outbox.stopsTold(ended);
    log.info({ conversationId, turnId }, 'signalled by the outbox');
  }
  for (const { conversationId, turnId } of await store.outbox.dueStops()) {
    await temporal.requestStop(conversationId, { turnId });
    await store.outbox.stopsTold([turnId]);
  }
}
