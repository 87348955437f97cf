import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import type { Edit } from './guard.ts';

const ROOT = resolve(import.meta.dirname, '../..');
/** What a checkout has that is not the project: made by an install, a build or a run. */
const MADE: ReadonlySet<string> = new Set(
  '.git node_modules .cache .next .data dist test-results playwright-report'.split(' '),
);
/** Not changed by any test, and too large to copy. */
const LINKED = ['node_modules', '.cache'];

/** A copy of the whole project in which guards are taken away. */
export type Tree = { root: string; apply: (edits: readonly Edit[]) => void; restore: () => void; remove: () => void };

export function copyTree(): Tree {
  const root = mkdtempSync(join(tmpdir(), 'parley-mutation-'));
  cpSync(ROOT, root, { recursive: true, filter: (from) => !MADE.has(relative(ROOT, from)) });
  for (const folder of LINKED) symlinkSync(join(ROOT, folder), join(root, folder));
  const changed = new Map<string, string>();
  return {
    root,
    apply(edits) {
      for (const edit of edits) {
        const path = join(root, edit.file);
        const text = readFileSync(path, 'utf8');
        if (!changed.has(path)) changed.set(path, text);
        writeFileSync(path, text.split(edit.from).join(edit.to));
      }
    },
    restore() {
      for (const [path, text] of changed) writeFileSync(path, text);
      changed.clear();
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** Where the text of an edit does not stand exactly once, its row no longer says what the code is. */
export function troubleWith({ file, from }: Edit): string | null {
  const times = readFileSync(join(ROOT, file), 'utf8').split(from).length - 1;
  return times === 1 ? null : `${file} has ${times} times: ${from}`;
}
