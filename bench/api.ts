import { v7 } from 'uuid';
import type { Turn } from '#lib/protocol/turn.ts';
import { isOutcome } from '#lib/protocol/turn.ts';
import type { LaunchedApp } from '#tests/browser/launched-app.ts';
import { until } from '#tests/support/until.ts';

/** Sends as the page does, over HTTP; the id of the turn. */
export async function sendTurn({ url }: LaunchedApp, conversationId: string, prompt: string): Promise<string> {
  const id = v7();
  const answer = await fetch(`${url}/api/conversations/${conversationId}/turns`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ id, prompt }),
  });
  if (answer.status !== 202) throw new Error(`The turn was not taken: ${answer.status} ${await answer.text()}`);
  return id;
}

/** The turn, once it has its outcome. */
export const ended = (app: LaunchedApp, turnId: string, timeoutMs = 60_000): Promise<Turn> =>
  until(
    async () => {
      const turn = await app.store.turn(turnId);
      return turn && isOutcome(turn.status) ? turn : null;
    },
    { timeoutMs },
  );
