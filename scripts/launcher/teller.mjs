/** A line that was shown is not shown again within this time. */
const SAME_MS = 30_000;
/** At most so many lines of a child within a window; a crash says what matters in its first ones. */
const LINES = 10;
const WINDOW_MS = 10_000;

/**
 * Passes lines on to the terminal, but neither the same again and again nor more than a person reads: a child in trouble may repeat
 * itself with every look at its health.
 * @param {(line: string) => void} tell
 * @param {string} elsewhere where all of it can be read
 * @param {() => number} [now]
 * @returns {(line: string) => void}
 */
export function createTeller(tell, elsewhere, now = () => performance.now()) {
  /** @type {Map<string, number>} */
  const told = new Map();
  let windowBegan = 0;
  let count = 0;
  return (line) => {
    const at = now();
    if (at - windowBegan >= WINDOW_MS) {
      windowBegan = at;
      count = 0;
      for (const [old, when] of told) if (at - when >= SAME_MS) told.delete(old);
    }
    const isRepeated = at - (told.get(line) ?? -Infinity) < SAME_MS;
    if (isRepeated || count > LINES) return;
    told.set(line, at);
    count += 1;
    tell(count > LINES ? `… more in ${elsewhere}` : line);
  };
}
