import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { Refusal } from './refusal.mjs';

/** TypeScript without a build step and `node:sqlite` without a flag. */
const LEAST = 24;

/**
 * The Node that Parley's own processes run on: the one that npm installed with it, else the one that runs this.
 * @param {string} root
 */
export function findNode(root) {
  const installed = path.join(root, 'node_modules', 'node', 'bin', 'node');
  const found = [installed, process.execPath].find((file) => existsSync(file) && majorOf(file) >= LEAST);
  if (found) return found;
  throw new Refusal(
    `Parley needs Node ${LEAST}: this is ${process.version}, and npm did not install its own (the optional package "node", whose install script must be allowed to run). ` +
      `Install Node ${LEAST} or newer and start again.`,
  );
}

/** @param {string} file */
function majorOf(file) {
  if (file === process.execPath) return Number.parseInt(process.versions.node, 10);
  // It may be there and still not run: npm's is made for glibc.
  const { stdout, error } = spawnSync(file, ['--version'], { encoding: 'utf8' });
  return error ? 0 : Number.parseInt(stdout.replace(/^v/, ''), 10) || 0;
}
