import { v7 } from 'uuid';
import { SendTurn } from '#lib/protocol/command.ts';
import { Attempt, fenceOf } from '#tests/store/attempt.ts';
import type { LaunchedApp } from './launched-app.ts';

/** A turn whose reply the test writes itself: no scenario says what a test wants to be said. No worker can take it over. */
export async function replyByHand({ store }: LaunchedApp, conversationId: string, prompt: string): Promise<Attempt> {
  const id = v7();
  const submitted = await store.submit(conversationId, SendTurn.parse({ id, prompt }));
  const fence = fenceOf({ runId: v7(), runStartedAt: Number.MAX_SAFE_INTEGER });
  const opened = await store.log.open({ turnId: id, step: 0, fence, taskToken: '', owner: 'a test', model: 'a test' });
  if (opened.kind !== 'opened') throw new Error(JSON.stringify({ submitted, opened }));
  return new Attempt(store, id, fence, opened.reply);
}

export const piecesOf = (text: string, length: number) => text.match(new RegExp(`.{1,${length}}`, 'gsu')) ?? [];
