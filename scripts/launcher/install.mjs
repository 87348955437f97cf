import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { codeOf, readIfThere } from './claim.mjs';
import { checkoutLock, withLock } from './lock.mjs';
import { Refusal } from './refusal.mjs';

/** @typedef {import('./supervisor.mjs').Supervisor['run']} Run */
/** @typedef {Record<string, { version?: string, integrity?: string, optional?: boolean }>} LockedPackages */

/**
 * Runs `npm ci` when what is installed is not what package-lock.json says.
 * @param {object} parts
 * @param {string} parts.root
 * @param {import('./settings.mjs').Env} parts.env
 * @param {Run} parts.run
 * @param {import('./say.mjs').Say} parts.say
 */
export async function ensureInstalled({ root, env, run, say }) {
  if (isInstalled(root)) return;
  await withLock(checkoutLock(root), say, async () => {
    if (isInstalled(root)) return;
    if (!installsAll(process.versions.node))
      throw new Refusal(
        `Parley is installed by Node 20.19, 22.12 or newer: this is ${process.version}. The Node that it runs on comes with the packages.`,
      );
    const progress = say.progress('installing packages (a minute or two the first time)');
    const end = await run({
      name: 'install',
      command: 'npm',
      // Types and test tools are needed for the build, and Node itself is an optional package: whatever this machine's npm leaves out by habit.
      args: ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund'],
      cwd: root,
      env: withoutNodeEnv(env),
    });
    progress.done(end.ok ? 'installed packages' : undefined);
    if (!end.ok)
      throw new Refusal([...end.tail, `The packages could not be installed: npm ci ended with ${end.how}.`].join('\n'));
    recordInstalled(root);
  });
}

/**
 * Every package of the lock file is there, as npm itself recorded; so a person's own `npm ci` counts as well.
 * @param {string} root
 */
export function isInstalled(root) {
  const wanted = readIfThere(path.join(root, 'package-lock.json'));
  if (wanted === undefined)
    throw new Refusal(`There is no package-lock.json in ${root}: is this a whole copy of Parley?`);
  if (readIfThere(recordOf(root)) === hash(wanted)) return true;
  // npm writes this file last: it is missing after an install that was cut off.
  const present = readIfThere(path.join(root, 'node_modules', '.package-lock.json'));
  if (present === undefined || !agrees(JSON.parse(wanted).packages, JSON.parse(present).packages)) return false;
  recordInstalled(root);
  return true;
}

/**
 * @param {LockedPackages} wanted of package-lock.json
 * @param {LockedPackages} present of npm's own record, which leaves out the root and what is for other platforms
 */
export function agrees(wanted, present) {
  return Object.entries(wanted).every(([where, { version, integrity, optional }]) => {
    const found = present[where];
    if (where === '') return true;
    return found ? found.version === version && found.integrity === integrity : optional === true;
  });
}

/**
 * npm leaves out, without a word, what says that it does not run on npm's own Node: the build and the tests would miss the
 * binaries of their tools. As `engines` in package.json.
 * @param {string} version
 */
export function installsAll(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major === 20 ? minor >= 19 : major === 22 ? minor >= 12 : major > 22;
}

/** @param {string} root */
function recordInstalled(root) {
  try {
    writeFileSync(recordOf(root), hash(readFileSync(path.join(root, 'package-lock.json'), 'utf8')));
  } catch (error) {
    // A deployment may own its packages read-only; then the comparison is made at each start.
    if (!['EACCES', 'EPERM', 'EROFS'].includes(codeOf(error) ?? '')) throw error;
  }
}

/** @param {string} root */
function recordOf(root) {
  return path.join(root, 'node_modules', '.parley-lock-hash');
}

/** @param {string} text */
function hash(text) {
  return createHash('sha256').update(text).digest('hex');
}

/**
 * With NODE_ENV=production npm would leave out what the build needs.
 * @param {import('./settings.mjs').Env} env
 */
function withoutNodeEnv(env) {
  const { NODE_ENV: _, ...rest } = env;
  return rest;
}
