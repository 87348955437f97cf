/** Calls once, at the next frame. */
export type NextFrame = (run: () => void) => void;

/** A hidden tab draws no frames: there a timer keeps the text up to date. */
const HIDDEN_FRAME_MS = 100;

export const nextFrame: NextFrame = (run) => {
  let isOver = false;
  const once = () => {
    if (isOver) return;
    isOver = true;
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    run();
  };
  const frame = requestAnimationFrame(once);
  const timer = setTimeout(once, HIDDEN_FRAME_MS);
};

/** A commit that takes longer is followed by a rest as long as itself, or drawing would starve what brings the text. */
const LONG_COMMIT_MS = 50;
/** More than any drawing takes: what seems to have lasted longer is a page that slept meanwhile [PAGE9]. */
const LONGEST_REST_MS = 500;

/**
 * Commits at once when nothing was committed in this frame, so that the first word waits for nothing; else with the next
 * frame, so that 2,500 tokens a second cost one drawing a frame.
 */
export function createPacer(commit: () => void, atNextFrame: NextFrame) {
  let isResting = false;
  let isDue = false;
  function run(): void {
    isDue = false;
    isResting = true;
    const begunAt = performance.now();
    commit();
    atNextFrame(() => {
      const took = performance.now() - begunAt; // React draws after `commit`, and before the next frame
      if (took > LONG_COMMIT_MS) setTimeout(wake, Math.min(took, LONGEST_REST_MS));
      else wake();
    });
  }
  function wake(): void {
    isResting = false;
    if (isDue) run();
  }
  return {
    request(): void {
      if (isResting) isDue = true;
      else run();
    },
    /** For what the user has just done: never a frame late. */
    now(): void {
      isDue = false;
      commit();
    },
  };
}
