// `npm run start:web` and `npm run start:worker`: one part alone, with the environment as it is. It becomes the part's own process,
// so that signals and exit code need no passing on. Whoever starts it supervises it, and has installed, built and migrated before.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { workflowBundle } from './launcher/build.mjs';
import { findNode } from './launcher/node.mjs';
import { Refusal } from './launcher/refusal.mjs';
import { webArguments, withoutKeys, workerArguments } from './launcher/services.mjs';
import { readSettings } from './launcher/settings.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

try {
  becomePart(process.argv[2]);
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

/** @param {string | undefined} name */
function becomePart(name) {
  const settings = readSettings({ env: process.env, root, dev: false });
  const port = settings.ports.find((wish) => wish.name === 'web')?.port ?? 0;
  const WORKFLOW_BUNDLE = process.env.WORKFLOW_BUNDLE ?? workflowBundle(root);
  const env = { ...process.env, HOST: settings.host, NODE_ENV: process.env.NODE_ENV ?? 'production' };
  if (name === 'web')
    become(path.join(root, '.next', 'BUILD_ID'), webArguments({ ...settings, port }), withoutKeys(env));
  else if (name === 'worker') become(WORKFLOW_BUNDLE, workerArguments(settings), { ...env, WORKFLOW_BUNDLE });
  else throw new Refusal('Which part? node scripts/part.mjs web, or worker.');
}

/**
 * @param {string} built what a build must have left
 * @param {string[]} args
 * @param {import('./launcher/settings.mjs').Env} env
 */
function become(built, args, env) {
  if (!existsSync(built)) throw new Refusal(`${built} is missing: run npm run build first.`);
  const node = findNode(root);
  if (!process.execve)
    throw new Refusal(
      `This is Node ${process.versions.node}: start it by npm run, which takes the Node that came with Parley.`,
    );
  process.chdir(root);
  process.execve(node, [node, ...args], /** @type {NodeJS.ProcessEnv} */ (env));
}
