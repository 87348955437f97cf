import type { Call } from '#tests/support/call-log.ts';
import { wordsFor, type Fault } from './faults.ts';

/** What a test hands to the table (table.ts), as an annotation of this type. */
export const ROW = 'chaos';
export type Row = { killed: string; recovery: string; calls: string };

export function rowOf(faults: readonly Fault[], recoveries: readonly number[], calls: readonly Call[]): Row {
  const prompts = new Set(calls.map(({ prompt }) => prompt)).size;
  return {
    killed: shortened(faults.map(wordsFor)),
    recovery:
      recoveries.length === 0 ? '' : `${inSeconds(Math.min(...recoveries))}–${inSeconds(Math.max(...recoveries))} s`,
    calls: `${calls.length} for ${prompts} turns`,
  };
}

const inSeconds = (ms: number) => (ms / 1_000).toFixed(2);

const SHOWN = 12;
const shortened = (words: string[]) =>
  [...words.slice(0, SHOWN), ...(words.length > SHOWN ? [`and ${words.length - SHOWN} more`] : [])].join('; ');
