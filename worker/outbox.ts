import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { DueStop } from '#lib/store/outbox.ts';
import type { Store } from '#lib/store/store.ts';
import type { TemporalClient } from '#lib/temporal/client.ts';

const ROUND_MS = 1_000;
/** What the store may forget is looked for so many rounds apart. */
const SWEEP_ROUNDS = 10;

/** So many signals in a row that are not taken end a round of them: Temporal is away, and each would wait its whole deadline. */
const FAILURES_MAX = 2;

/** The outbox knows turns, not their steps [OBS2]. */
const NO_ATTEMPT = { step: null, attempt: null };

/** Tells Temporal what it has not taken yet [OB1] [OB2] [OB3], until `signal` aborts. Telling it twice is harmless. */
export async function runOutbox(
  store: Store,
  temporal: TemporalClient,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  const teller = createTeller(store, temporal, log);
  for (let round = 0; !signal.aborted; round++) {
    try {
      await teller.tellAll();
      if (round % SWEEP_ROUNDS === 0) await store.outbox.sweep();
    } catch (error) {
      log.error({ err: error }, 'the store did not answer; the outbox goes on in the next round');
    }
    try {
      await pause(ROUND_MS, undefined, { signal });
    } catch {
      return; // aborted while it waited
    }
  }
}

function createTeller(store: Store, temporal: TemporalClient, log: Logger) {
  let isAway = false;
  /** Turns whose last signal was not taken: told after the others, or two that Temporal refuses for good would hold up all. */
  const refused = new Set<string>();

  /** Tells them one by one, for as long as Temporal does not seem away. */
  async function tell<T extends DueStop>(due: T[], one: (item: T, about: Logger) => Promise<void>): Promise<void> {
    let failures = 0;
    const ofTurn = ({ turnId }: T) => Number(refused.has(turnId));
    for (const item of due.toSorted((a, b) => ofTurn(a) - ofTurn(b))) {
      const { conversationId, turnId } = item;
      const about = log.child({ conversationId, turnId, ...NO_ATTEMPT });
      try {
        await one(item, about);
        failures = 0;
        refused.delete(turnId);
        if (isAway) log.info('Temporal takes signals again');
        isAway = false;
      } catch (error) {
        if (!isAway && !refused.has(turnId)) {
          about.warn({ reason: String(error) }, 'a signal was not taken; the outbox keeps it and sends it again');
          isAway = true;
        }
        refused.add(turnId);
        if (++failures === FAILURES_MAX) return;
      }
    }
  }

  return {
    async tellAll(): Promise<void> {
      await tell(await store.outbox.dueSignals(), async ({ conversationId, turnId, ended }, about) => {
        await temporal.requestTurn(conversationId, { turnId, ended });
        await store.outbox.signalled(turnId);
        await store.outbox.stopsTold(ended);
        about.info('the outbox signalled the turn, as nobody had or nothing came of it; its workflow runs it');
      });
      await tell(await store.outbox.dueStops(), async ({ conversationId, turnId }, about) => {
        await temporal.requestStop(conversationId, { turnId });
        await store.outbox.stopsTold([turnId]);
        about.info('the outbox told the workflow of the turn’s end; what waits behind it goes on');
      });
    },
  };
}
