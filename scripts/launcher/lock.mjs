import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { claim } from './claim.mjs';
import { startTime } from './process-group.mjs';

const LOOK_MS = 250;

/**
 * Two launchers (a person's and a test's) may share one checkout: only one at a time installs, builds or downloads.
 * @template T
 * @param {string} file
 * @param {import('./say.mjs').Say} say
 * @param {() => Promise<T>} work looks again itself whether there is anything left to do
 * @returns {Promise<T>}
 */
export async function withLock(file, say, work) {
  mkdirSync(path.dirname(file), { recursive: true });
  const me = { pid: process.pid, startTime: startTime(process.pid) };
  const waiting = say.progress('waiting for another start, which is preparing the same');
  while (claim(file, me).heldBy !== undefined) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  waiting.done();
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/**
 * For what is kept in the checkout itself. Not in node_modules: an install removes that.
 * @param {string} root
 */
export function checkoutLock(root) {
  return path.join(root, '.cache', 'prepare.lock');
}
