import { expect, test } from 'vitest';
import { filledUp } from '#lib/store/filled-up.ts';

const upTo = (count: number) => Array.from({ length: count }, (_, at) => at);

test('what a thousand viewers watch, in any number, is asked by a dozen statements', () => {
  const lengths = new Set(upTo(1_001).map((count) => filledUp(upTo(count)).length));
  expect(lengths.size).toBeLessThanOrEqual(12);
});

test('and nothing else is asked for', () => {
  for (const count of [0, 1, 2, 3, 5, 64, 65]) expect(new Set(filledUp(upTo(count)))).toEqual(new Set(upTo(count)));
});
