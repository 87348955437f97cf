import { spawn } from 'node:child_process';
import readline from 'node:readline';

/** Lines of output kept to be shown when a child ends badly. */
const TAIL = 40;
/** A grandchild may hold the pipes open after its parent's end. */
const DRAIN_MS = 300;

/**
 * @typedef {object} ChildSpec
 * @property {string} name also the name of its log
 * @property {string} command
 * @property {string[]} args
 * @property {string} cwd
 * @property {import('./settings.mjs').Env} env
 */
/** @typedef {{ ok: boolean, code: number | null, how: string, tail: string[] }} Ended */

/**
 * Starts a process in a group of its own, so that Ctrl-C reaches only the launcher, which ends its children in order,
 * and so that all a child may have started can be ended with it.
 * @param {ChildSpec} spec
 * @param {(stream: 'out' | 'err', line: string) => void} onLine
 * @returns {{ pid: number | undefined, ended: Promise<Ended> }}
 */
export function startChild({ command, args, cwd, env }, onLine) {
  // Next declares NODE_ENV as always there, in types for the whole project.
  const full = /** @type {NodeJS.ProcessEnv} */ (env);
  const child = spawn(command, args, { cwd, env: full, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  /** @type {string[]} */
  const tail = [];
  const drained = Promise.all([read(child.stdout, 'out'), read(child.stderr, 'err')]);

  /**
   * @param {import('node:stream').Readable} input
   * @param {'out' | 'err'} stream
   */
  function read(input, stream) {
    const lines = readline.createInterface({ input, crlfDelay: Infinity });
    lines.on('line', (line) => {
      tail.push(line);
      if (tail.length > TAIL) tail.shift();
      onLine(stream, line);
    });
    return new Promise((resolve) => lines.once('close', resolve));
  }

  /** @type {Promise<Ended>} */
  const ended = new Promise((resolve) => {
    child.once('error', (error) => resolve({ ok: false, code: null, how: error.message, tail }));
    child.once('exit', (code, signal) => {
      const end = { ok: code === 0, code, how: signal ? `signal ${signal}` : `exit code ${code}`, tail };
      void Promise.race([drained, new Promise((done) => setTimeout(done, DRAIN_MS))]).then(() => resolve(end));
    });
  });
  return { pid: child.pid, ended };
}
