import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { titlesIn } from './titles.ts';

const root = resolve(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(resolve(root, file), 'utf8');
const files = (...patterns: string[]) => globSync(patterns, { cwd: root });

const SPEC = 'lib/protocol/SPEC.md';
const RULE = /^- \*\*\[([A-Z]+\d+)\]\*\*/gm;
const QUOTE = /\[([A-Z]{2,}\d+)\]/g;
const named = (pattern: RegExp, text: string) => [...text.matchAll(pattern)].map(([, rule]) => rule ?? '');

const rules = named(RULE, read(SPEC));
const titles = files('tests/**/*.ts').flatMap((file) => titlesIn(read(file)));

test('SPEC numbers no rule twice', () => {
  expect(rules.filter((rule, i) => rules.indexOf(rule) !== i)).toEqual([]);
  expect(rules.length).toBeGreaterThan(0);
});

test('each rule is quoted by the title of a test', () => {
  const quoted = new Set(titles.flatMap((title) => named(QUOTE, title)));
  expect(rules.filter((rule) => !quoted.has(rule))).toEqual([]);
});

test('each rule that code, tests or documents quote stands in SPEC', () => {
  const known = new Set(rules);
  const places = files('{app,lib,worker,scripts,tests}/**/*.{ts,tsx,mjs,md,css}', '*.{ts,mjs,md}');
  const unknown = places.flatMap((file) =>
    named(QUOTE, read(file))
      .filter((rule) => !known.has(rule))
      .map((rule) => `${file}: [${rule}]`),
  );
  expect(places.length).toBeGreaterThan(100);
  expect(unknown).toEqual([]);
});

test('titles are found however a test is written', () => {
  const source = `
    test('one', () => {}); test.concurrent.each([1])(\`two \${what}\`, async () => {});
    describe("three", () => { test.extend({}).only('four', { timeout: 1 }, () => {}); });
    expect(/five/.test('six')).toBe('seven'); const text: string = 'eight';`;
  expect(titlesIn(source)).toEqual(['one', 'two …', 'three', 'four']);
});
