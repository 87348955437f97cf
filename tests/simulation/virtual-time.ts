import { AsyncLocalStorage } from 'node:async_hooks';
import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';
import { machines, type Clock } from './clock.ts';
import { workflowTime } from './workflow-sdk.ts';

/** Where virtual time begins. */
export const EPOCH = Date.UTC(2026, 10, 25);

type Handle = { stop: () => void; unref: () => Handle; ref: () => Handle };

let clock: Clock | null = null;

/** Timers, `Date.now` and `performance.now` go by this clock from now on; null gives the real ones back. */
export const goBy = (next: Clock | null): void => void (clock = next);

/** Puts virtual time in place of the real one, for code that knows nothing of it; returns how to undo that. */
export function installVirtualTime(): () => void {
  const real = { setTimeout, clearTimeout, setInterval, clearInterval, now: Date.now, pause: timers.setTimeout };
  const realPerformanceNow = performance.now.bind(performance);

  const clear = (handle: unknown) => {
    if (isHandle(handle)) handle.stop();
    else real.clearTimeout(handle as never);
  };
  Object.assign(globalThis, {
    setTimeout: (run: () => void, ms = 0, ...rest: []) =>
      clock ? begin(clock, run, ms, false) : real.setTimeout(run, ms, ...rest),
    setInterval: (run: () => void, ms = 0, ...rest: []) =>
      clock ? begin(clock, run, ms, true) : real.setInterval(run, ms, ...rest),
    clearTimeout: clear,
    clearInterval: clear,
  });
  Date.now = () => (clock ? (workflowTime() ?? EPOCH + clock.now) : real.now());
  performance.now = () => (clock ? clock.now : realPerformanceNow());
  timers.setTimeout = ((ms, value, options) =>
    clock ? pause(clock, ms ?? 0, value, options?.signal) : real.pause(ms, value, options)) as typeof timers.setTimeout;
  syncBuiltinESMExports();

  return () => {
    const { now, pause: realPause, ...globals } = real;
    Object.assign(globalThis, globals);
    Date.now = now;
    performance.now = realPerformanceNow;
    timers.setTimeout = realPause;
    syncBuiltinESMExports();
  };
}

const isHandle = (value: unknown): value is Handle => typeof value === 'object' && value !== null && 'stop' in value;

/** A timer of the process that sets it: none of a dead one fires, and a frozen one's fire once it goes on. */
function begin(by: Clock, run: () => void, ms: number, repeats: boolean): Handle {
  const inContext = AsyncLocalStorage.bind(run);
  const machine = machines.getStore();
  let stop = () => {};
  const set = (wait: number) => {
    // As Node has it: whole milliseconds, and at least one.
    stop = by.after(Math.max(1, Math.ceil(wait)), () => {
      if (machine?.isDead) return;
      const frozen = (machine?.frozenUntil ?? 0) - by.now;
      if (frozen > 0) return set(frozen);
      if (repeats) set(ms);
      inContext();
    });
  };
  set(ms);
  const handle: Handle = { stop: () => stop(), unref: () => handle, ref: () => handle };
  return handle;
}

function pause<T>(by: Clock, ms: number, value: T, signal?: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      handle.stop();
      reject(signal!.reason);
    };
    const handle = begin(
      by,
      () => {
        signal?.removeEventListener('abort', onAbort);
        resolve(value);
      },
      ms,
      false,
    );
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
