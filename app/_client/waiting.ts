import { LIMITS } from '#lib/protocol/limits.ts';
import type { Health } from '#lib/protocol/message.ts';
import type { Retry, Turn } from '#lib/protocol/turn.ts';
import type { Sending } from './outbox.ts';

export const SENDING_WORDS = 'Sending…';

/** What a message waits for that the server has not taken. */
export const wordsForSending = ({ trouble }: Sending): string =>
  trouble === null
    ? SENDING_WORDS
    : `Not sent yet. ${trouble} Your message is kept in this browser and sent again by itself.`;

/** What became of a Stop so far; `trouble` says why its last try came to nothing. */
export const wordsForStopping = (trouble: string | null, [doing, done] = ['Stopping', 'stopped']): string =>
  trouble === null ? `${doing}…` : `Not ${done} yet. ${trouble} That is tried again by itself.`;

/** What a taken turn without a word waits for. `isFirst`: no other turn goes before it. */
export function wordsForWaiting(turn: Turn, isFirst: boolean, isPaused: boolean, health: Health | null): string {
  if (!isFirst) return 'Waiting its turn';
  if (turn.status === 'queued' && isPaused) return 'Waiting: this conversation is paused';
  if (health && health.temporal.state !== 'ok') return 'Kept, and answered once Temporal is back';
  if (health && health.worker.state !== 'ok') return 'Kept, and answered once the worker is back';
  if (health) {
    const { state, percent } = health.model;
    if (state === 'starting' && percent !== undefined)
      return `Waiting for the model: ${Math.floor(percent)}\u00a0% downloaded`;
    if (state === 'starting') return 'Waiting for the model to load';
  }
  if (turn.status === 'queued') return 'Waiting to begin…';
  // A model of this machine reads the whole prompt before its first word, and that is what takes its time.
  const isLocal = health?.model.source === 'embedded' || health?.model.source === 'local';
  return isLocal ? 'The model is reading the prompt…' : 'Waiting for the model…';
}

/** `rate` is in characters a second, as the browser sees them come. */
export const wordsForRate = (rate: number): string =>
  rate === 0 ? 'Writing, nothing new for a moment' : `Writing ${Math.round(rate)} characters a second`;

/** Beside a text that took the place of another one before the reader's eyes [LOG6]. */
export const BEGAN_AGAIN = 'The answer was cut off and begins again.';

export function wordsForRetry({ at, message, tries }: Retry, now: number): string {
  const seconds = Math.max(0, Math.ceil((Date.parse(at) - now) / 1_000));
  return `Trying again in ${seconds} s: ${message} (attempt ${tries + 1} of ${LIMITS.tries})`;
}
