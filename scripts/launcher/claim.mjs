import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { startTime } from './process-group.mjs';

/** @typedef {{ pid: number, startTime: string | undefined }} Holder */

/**
 * Makes `file` ours unless the process that made it lives: at most one process at a time gets it, however many try at once.
 * @template {Holder} T
 * @param {string} file
 * @param {T} content
 * @returns {{ heldBy: Partial<T> } | { heldBy: undefined, left: Partial<T> | undefined }} who has it, or what a dead holder left
 */
export function claim(file, content) {
  /** @type {Partial<T> | undefined} */
  let left;
  const mine = `${file}.${process.pid}`;
  for (;;) {
    if (createWhole(file, mine, content)) return { heldBy: undefined, left };
    const text = readIfThere(file);
    if (text === undefined) continue;
    /** @type {Partial<T>} */
    const found = parse(text);
    if (isAlive(found)) return { heldBy: found };
    if (takeAway(file, mine, text)) left = found;
  }
}

/** @param {Partial<Holder>} holder */
export function isAlive({ pid, startTime: began }) {
  return pid !== undefined && began !== undefined && startTime(pid) === began;
}

/**
 * A link appears with its whole content or not at all, and never over another file.
 * @param {string} file
 * @param {string} mine
 * @param {object} content
 */
function createWhole(file, mine, content) {
  writeFileSync(mine, JSON.stringify(content));
  try {
    linkSync(mine, file);
    return true;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(mine, { force: true });
  }
}

/**
 * Removes a dead holder's file, and only that: between our look and the rename another process may have made its own.
 * @param {string} file
 * @param {string} mine
 * @param {string} expected
 */
function takeAway(file, mine, expected) {
  try {
    renameSync(file, mine);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    return false;
  }
  const isExpected = readFileSync(mine, 'utf8') === expected;
  if (!isExpected) renameSync(mine, file);
  else rmSync(mine);
  return isExpected;
}

/** @param {string} file */
export function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    return undefined;
  }
}

/** @param {string} text */
function parse(text) {
  try {
    const value = JSON.parse(text);
    return value !== null && typeof value === 'object' ? value : {};
  } catch {
    // Not JSON: a disk that was full, or a person. Nobody alive wrote it.
    return {};
  }
}

/** @param {unknown} error */
export function codeOf(error) {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
