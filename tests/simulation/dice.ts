import { diceOf, seedOf } from '#tests/support/seeded-text.ts';

/**
 * Chance, by name: each kind of accident has dice of its own, so that a schedule from which something was taken away
 * still goes like the one before where it can.
 */
export class Dice {
  readonly #seed: number;
  readonly #dice = new Map<string, (sides: number) => number>();

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** 0 … sides - 1 */
  roll(name: string, sides: number): number {
    let dice = this.#dice.get(name);
    if (!dice) {
      dice = diceOf(seedOf(`${this.#seed} ${name}`));
      this.#dice.set(name, dice);
    }
    return dice(sides);
  }

  between(name: string, least: number, most: number): number {
    return least + this.roll(name, most - least + 1);
  }

  /** True so many times in a hundred. */
  percent(name: string, chance: number): boolean {
    return this.roll(name, 1000) < chance * 10;
  }
}
