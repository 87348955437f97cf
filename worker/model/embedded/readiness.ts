import { setTimeout as pause } from 'node:timers/promises';
import type { Engine } from './engine.ts';

export type Readiness =
  | { status: 'downloading'; percent: number }
  | { status: 'loading' }
  | { status: 'ok'; engine: Engine }
  | { status: 'unavailable'; message: string };

/** After each failure the next one, then the last for ever: a network that comes back is used, one that is gone is left in peace. */
const PAUSES_MS = [1_000, 2_000, 5_000, 10_000, 30_000, 60_000];

export type Steps = {
  obtain: (onPercent: (percent: number) => void, signal: AbortSignal) => Promise<string>;
  load: (file: string) => Promise<Engine>;
};

/** Tries until the model is there, and reports each change. Returns when it is, or when the signal aborts. */
export async function becomeReady(
  { obtain, load }: Steps,
  report: (now: Readiness) => void,
  signal: AbortSignal,
  pausesMs = PAUSES_MS,
) {
  for (let failures = 0; !signal.aborted; failures += 1) {
    try {
      const file = await obtain((percent) => report({ status: 'downloading', percent }), signal);
      report({ status: 'loading' });
      return report({ status: 'ok', engine: await load(file) });
    } catch (error) {
      if (signal.aborted) return;
      const message = error instanceof Error ? error.message : String(error);
      // One line, whatever a library put into its message.
      report({ status: 'unavailable', message: message.replace(/\s+/g, ' ') });
      // The abort that ends the pause is seen by the loop.
      await pause(pausesMs[Math.min(failures, pausesMs.length - 1)], undefined, { signal }).catch(() => {});
    }
  }
}
