import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { fingerprint } from '../../scripts/launcher/fingerprint.mjs';

let root: string;
const look = () => fingerprint(root, ['app', 'next.config.mjs', 'missing']);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'parley-fingerprint-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, 'app', 'c'), { recursive: true });
  writeFileSync(join(root, 'app', 'page.tsx'), 'page');
  writeFileSync(join(root, 'app', 'c', 'page.tsx'), 'inner');
  writeFileSync(join(root, 'next.config.mjs'), 'config');
});

test('the same files have the same fingerprint, whenever they were written', () => {
  const before = look();
  writeFileSync(join(root, 'app', 'page.tsx'), 'page');
  writeFileSync(join(root, 'app', '.DS_Store'), 'not ours');
  writeFileSync(join(root, 'README.md'), 'not asked for');
  expect(look()).toBe(before);
});

test('a changed, new, removed or renamed file changes it', () => {
  const seen = [look()];
  writeFileSync(join(root, 'app', 'c', 'page.tsx'), 'other');
  seen.push(look());
  writeFileSync(join(root, 'app', 'c', 'new.ts'), '');
  seen.push(look());
  renameSync(join(root, 'app', 'c', 'new.ts'), join(root, 'app', 'c', 'old.ts'));
  seen.push(look());
  rmSync(join(root, 'next.config.mjs'));
  seen.push(look());
  expect(new Set(seen).size).toBe(seen.length);
});

test('text that moves from one file to the next is a change', () => {
  writeFileSync(join(root, 'app', 'a'), 'xy');
  writeFileSync(join(root, 'app', 'b'), 'z');
  const before = look();
  writeFileSync(join(root, 'app', 'a'), 'x');
  writeFileSync(join(root, 'app', 'b'), 'yz');
  expect(look()).not.toBe(before);
});
