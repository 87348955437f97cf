import {
  cpSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import type { Edit } from './guard.ts';

const ROOT = resolve(import.meta.dirname, '../..');
/** What a checkout has that is not the project: made by an install, a build or a run. */
const MADE: ReadonlySet<string> = new Set(
  '.git node_modules .cache .next .data dist test-results playwright-report'.split(' '),
);
/** Downloads that no test changes. */
const CACHE = '.cache';
/** On the disk of the project, so that files can have a second name there. */
const COPIES = join(ROOT, CACHE, 'mutation');

/** A copy of the whole project in which guards are taken away. */
export type Tree = { root: string; apply: (edits: readonly Edit[]) => void; restore: () => void; remove: () => void };

export function copyTree(): Tree {
  mkdirSync(COPIES, { recursive: true });
  const root = mkdtempSync(join(COPIES, 'tree-'));
  for (const name of readdirSync(ROOT))
    if (!MADE.has(name)) cpSync(join(ROOT, name), join(root, name), { recursive: true });
  // Next refuses a folder of packages that is a link to one elsewhere.
  linkTree(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  symlinkSync(join(ROOT, CACHE), join(root, CACHE));
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

/** A folder of its own whose files are the very same: too many to copy. */
function linkTree(from: string, to: string): void {
  mkdirSync(to);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) linkTree(source, target);
    else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), target);
    else linkSync(source, target);
  }
}

/** Where the text of an edit does not stand exactly once, its row no longer says what the code is. */
export function troubleWith({ file, from }: Edit): string | null {
  const times = readFileSync(join(ROOT, file), 'utf8').split(from).length - 1;
  return times === 1 ? null : `${file} has ${times} times: ${from}`;
}
