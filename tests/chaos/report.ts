import type { TestInfo } from '@playwright/test';
import type { Call } from '#tests/support/call-log.ts';
import { wordsFor, type Fault } from './faults.ts';

/** What a test hands to the table (table.ts): annotations of these types. */
export const KILLED = 'killed';
export const MEASURED = 'measured';

export function measured({ annotations }: Pick<TestInfo, 'annotations'>, what: string): void {
  annotations.push({ type: MEASURED, description: what });
}

const SHOWN = 12;

export function noteKilled({ annotations }: Pick<TestInfo, 'annotations'>, faults: readonly Fault[]): void {
  for (const fault of faults.slice(0, SHOWN)) annotations.push({ type: KILLED, description: wordsFor(fault) });
  const more = faults.length - SHOWN;
  if (more > 0) annotations.push({ type: KILLED, description: `and ${more} more` });
}

export const inSeconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

/** From a kill to growing text, in each page that waited for it. */
export const recoveriesIn = (recoveries: readonly number[]): string =>
  `text grows in every page ${inSeconds(Math.min(...recoveries))} to ${inSeconds(Math.max(...recoveries))} after`;

export const callsIn = (calls: readonly Call[]): string =>
  `${calls.length} model calls for ${new Set(calls.map(({ prompt }) => prompt)).size} turns`;
