import { expect, test } from 'vitest';
import { secondsBetween } from '#app/_client/moments.ts';

const at = (seconds: number) => new Date(seconds * 1_000).toISOString();

test('seconds are told to a hundredth below one and a tenth below ten, and not at all where an end is missing', () => {
  expect(secondsBetween(at(0), at(0.043))).toBe(0.04);
  expect(secondsBetween(at(0), at(1.26))).toBe(1.3);
  expect(secondsBetween(at(0), at(12.6))).toBe(13);
  expect(secondsBetween(at(5), at(4))).toBe(0);
  expect(secondsBetween(null, at(1))).toBe(null);
  expect(secondsBetween(at(1), null)).toBe(null);
});
