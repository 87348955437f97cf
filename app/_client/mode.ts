import { isBeforeJump, TIMES } from '#lib/protocol/limits.ts';
import { isOutcome, type Mode } from '#lib/protocol/turn.ts';
import { requestOf, type Entry } from './entry.ts';

export const isRunning = (entry: Entry) => 'turn' in entry && entry.turn.status === 'running';

/** Taken or on its way, and not begun. */
const isWaiting = (entry: Entry) => ('turn' in entry ? entry.turn.status === 'queued' : entry.sending.refused === null);

export const isOpen = (entry: Entry) => ('turn' in entry ? !isOutcome(entry.turn.status) : isWaiting(entry));

/** It waits and lets others go first; an interjection is the next one. */
export const isQueued = (entry: Entry) => isWaiting(entry) && requestOf(entry).mode === 'queue';

/** An interjection that waits and that the next one may still end; how long it is so is a matter of time [IJ3]. */
export function isFreshInterjection(entry: Entry, now: number): boolean {
  const { mode, createdAt } = requestOf(entry);
  const at = Date.parse(createdAt);
  const isFresh = now - at < TIMES.interjectionSparedMs && !isBeforeJump(at, now);
  return isWaiting(entry) && mode === 'interject' && isFresh;
}

/** How a message sent now goes: it interjects where the reader sees a turn running, or one about to that interjected. */
export function modeOf(entries: readonly Entry[], now: number): Mode {
  return entries.some((entry) => isRunning(entry) || isFreshInterjection(entry, now)) ? 'interject' : 'queue';
}

/** What Stop ends: the running turn, else the first that waits, even while its send is on the way [STOP4]. */
export function stopTargetOf(entries: readonly Entry[]): string | null {
  return (entries.find(isRunning) ?? entries.find(isOpen))?.id ?? null;
}
