import { expect, test } from 'vitest';
import { countQuickDeaths, pauseBefore, QUICK_MS } from '../../scripts/launcher/pauses.mjs';

/** The pauses before each new start of a child that lived so long each time, in seconds. */
function pausesAfter(livesMs: number[]): number[] {
  let deaths = 0;
  return livesMs.map((livedMs) => pauseBefore((deaths = countQuickDeaths(deaths, livedMs))) / 1000);
}

test('the first death costs nothing, quick ones after it more and more, up to half a minute', () => {
  expect(pausesAfter([60_000, 10, 10, 10, 10, 10, 10, 10, 10])).toEqual([0, 1, 2, 4, 8, 16, 30, 30, 30]);
  expect(pausesAfter([10, 10, 10])).toEqual([0, 1, 2]);
});

test('a child that lived long has its troubles behind it', () => {
  expect(pausesAfter([10, 10, 10, QUICK_MS, 10])).toEqual([0, 1, 2, 0, 1]);
});
