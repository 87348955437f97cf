/** Waits before try number `tries` (the first pause is 0). */
export type Pause = (tries: number) => Promise<void>;

const FIRST_MS = 300;
const LONGEST_MS = 10_000;

/** Pauses double up to ten seconds, with jitter. */
export const growingPause: Pause = (tries) =>
  pauseUntilOnline(Math.min(FIRST_MS * 2 ** tries, LONGEST_MS) * (0.75 + Math.random() / 2));

/** Ends at once when the browser is online again. */
export const pauseUntilOnline = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      window.removeEventListener('online', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    window.addEventListener('online', done);
  });
