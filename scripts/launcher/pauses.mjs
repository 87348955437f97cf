/** A child that lives so long is not in trouble of its own: its next death counts as a first one. */
export const QUICK_MS = 10_000;
const LONGEST_MS = 30_000;

/**
 * How often a child has now died without ever living long, this death included.
 * @param {number} before
 * @param {number} livedMs
 */
export function countQuickDeaths(before, livedMs) {
  return livedMs < QUICK_MS ? before + 1 : 1;
}

/**
 * The pause before a child is started again: none the first time (a kill -9 must cost a viewer as little as possible),
 * then 1, 2, 4 … 30 s, so that one that cannot start does not eat the machine.
 * @param {number} quickDeaths
 */
export function pauseBefore(quickDeaths) {
  return quickDeaths <= 1 ? 0 : Math.min(LONGEST_MS, 1_000 * 2 ** (quickDeaths - 2));
}
