import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readIfThere } from './claim.mjs';
import { fingerprint } from './fingerprint.mjs';
import { checkoutLock, withLock } from './lock.mjs';
import { Refusal } from './refusal.mjs';

/** All that the page, the routes and the workflow bundle are made of. */
const SOURCES = [
  'app',
  'lib',
  'worker',
  'public',
  'scripts/bundle-workflows.ts',
  'proxy.ts',
  'instrumentation.ts',
  'next.config.mjs',
  'postcss.config.mjs',
  'tsconfig.json',
  'package.json',
  'package-lock.json',
];

/** @param {string} root */
export function workflowBundle(root) {
  return path.join(root, 'dist', 'workflow-bundle.js');
}

/**
 * Builds the page and bundles the workflows when the sources are not those of the last build.
 * @param {object} parts
 * @param {string} parts.root
 * @param {string} parts.node
 * @param {import('./settings.mjs').Env} parts.env
 * @param {import('./supervisor.mjs').Supervisor['run']} parts.run
 * @param {import('./say.mjs').Say} parts.say
 */
export async function ensureBuilt({ root, node, env, run, say }) {
  if (isBuilt(root)) return;
  await withLock(checkoutLock(root), say, async () => {
    if (isBuilt(root)) return;
    const sources = fingerprint(root, SOURCES);
    // A build that is cut off must not pass for the one before it.
    rmSync(recordOf(root), { force: true });
    const progress = say.progress('building (about a minute)');
    for (const args of [
      [path.join(root, 'node_modules', 'next', 'dist', 'bin', 'next'), 'build'],
      [path.join(root, 'scripts', 'bundle-workflows.ts')],
    ]) {
      const end = await run({
        name: 'build',
        command: node,
        args,
        cwd: root,
        env: { ...env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
      });
      if (end.ok) continue;
      progress.done();
      throw new Refusal([...end.tail, `The build failed (${end.how}).`].join('\n'));
    }
    progress.done('built');
    mkdirSync(path.dirname(recordOf(root)), { recursive: true });
    writeFileSync(recordOf(root), sources);
  });
}

/** @param {string} root */
export function isBuilt(root) {
  const isThere = existsSync(path.join(root, '.next', 'BUILD_ID')) && existsSync(workflowBundle(root));
  return isThere && readIfThere(recordOf(root)) === fingerprint(root, SOURCES);
}

/** @param {string} root */
function recordOf(root) {
  return path.join(root, 'dist', 'sources.sha256');
}
