import { expect, test } from 'vitest';
import { withDollars } from '#app/_components/use-formulas.ts';

test.each([
  ['a \\(x^2\\) b', 'a $$x^2$$ b'],
  ['\\[\nx_1\n\\]', '$$\nx_1\n$$'],
  ['`\\(code\\)` and \\(x\\)', '`\\(code\\)` and $$x$$'],
  ['```\n\\[code\\]\n```\n\\[x\\]', '```\n\\[code\\]\n```\n$$\nx\n$$'],
  ['```tex\n\\[still growing', '```tex\n\\[still growing'],
  ['an open \\(mark', 'an open \\(mark'],
  ['no mark', 'no mark'],
])('TeX’s marks become Markdown’s, but not in code: %j', (text, expected) => {
  expect(withDollars(text)).toBe(expected);
});
