import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { guards } from '#tests/mutation/guards.ts';
import { troubleWith } from '#tests/mutation/tree.ts';

const root = resolve(import.meta.dirname, '../..');

/*
 * That a test fails without each guard is shown by `npm run test:mutation`, which takes many minutes. Here is what it
 * rests on, so that a changed line and its row change together.
 */

test('each guard stands exactly once where its row says', () => {
  expect(guards.flatMap(({ edits }) => edits.flatMap((edit) => troubleWith(edit) ?? []))).toEqual([]);
});

test('each guard has a name of its own, rules of SPEC, and tests that are there', () => {
  const spec = readFileSync(resolve(root, 'lib/protocol/SPEC.md'), 'utf8');
  const names = guards.map(({ name }) => name);
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  for (const { rules, by } of guards) {
    expect(rules.filter((rule) => !spec.includes(`**[${rule}]**`))).toEqual([]);
    expect(existsSync(resolve(root, by)), by).toBe(true);
  }
});
