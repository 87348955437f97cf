import { after } from 'next/server';
import { webLog, webStore, webTemporal } from './app.ts';

/*
 * What Temporal is told of an accepted command: begun at once, awaited by nobody. The row decides the answer; the outbox
 * tells again what fails here [OB1] [OB3].
 */

export function tellTurnRequested(conversationId: string, turn: { turnId: string; ended: string[] }): void {
  const { turnId, ended } = turn;
  inBackground('turnRequested', { conversationId, turnId }, async () => {
    await webTemporal().requestTurn(conversationId, { turnId, ended });
    await webStore().outbox.signalled(turnId);
    // The signal names them, so it has told the workflow of their end as well [IJ4].
    await webStore().outbox.stopsTold(ended);
  });
}

export function tellStopRequested(conversationId: string, turnId: string): void {
  inBackground('stopRequested', { conversationId, turnId }, async () => {
    await webTemporal().requestStop(conversationId, { turnId });
    await webStore().outbox.stopsTold([turnId]);
  });
}

export function tellDeleted(conversationId: string): void {
  inBackground(
    'terminate',
    { conversationId },
    () => webTemporal().terminate(conversationId, 'The conversation was deleted.'),
    'its turns have ended, so the workflow finds nothing to do and returns when it is idle',
  );
}

const OUTBOX_TELLS = 'the worker’s outbox tells it again';

function inBackground(
  what: string,
  ids: Record<string, string>,
  tell: () => Promise<void>,
  next: string = OUTBOX_TELLS,
): void {
  after(
    tell().catch((error: unknown) => {
      webLog().warn({ ...ids, reason: reasonOf(error) }, `Temporal was not told (${what}); ${next}`);
    }),
  );
}

/** The client's message names the call, its cause says what happened. */
const reasonOf = (error: unknown): string =>
  error instanceof Error
    ? [error.message, error.cause && reasonOf(error.cause)].filter(Boolean).join(': ')
    : String(error);
