import { diceOf, seedOf } from '#tests/support/seeded-text.ts';

/** One number decides when and what is killed; playwright.config.ts has thrown it where CHAOS_SEED names none. */
const SEED = process.env['CHAOS_SEED'] ?? '0';

export type Dice = {
  /** A whole number, both ends included. */
  between(least: number, most: number): number;
  one<T>(things: readonly [T, ...T[]]): T;
};

/** Each test has dice of its own, so that one alone falls as it does among all. */
export function diceFor(test: string): Dice {
  const roll = diceOf(seedOf(`${SEED} ${test}`));
  return {
    between: (least, most) => least + roll(most - least + 1),
    one: (things) => things[roll(things.length)] ?? things[0],
  };
}
