import { closeSync, existsSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import path from 'node:path';

/** A log that has grown so far becomes NAME.log.1, so that the logs of one child take at most twice this. */
const FULL_BYTES = 5 * 1024 * 1024;

/** @typedef {ReturnType<typeof createLogs>} Logs */

/**
 * DATA_DIR/logs/NAME.log, a line at a time. Written synchronously: the last words of a dying child are the ones that matter.
 * @param {string} folder
 */
export function createLogs(folder) {
  mkdirSync(folder, { recursive: true });
  /** @type {Map<string, { fd: number, bytes: number }>} */
  const open = new Map();

  /** @param {string} name */
  const fileOf = (name) => path.join(folder, `${name}.log`);

  /** @param {string} name */
  function openLog(name) {
    const known = open.get(name);
    if (known && known.bytes < FULL_BYTES) return known;
    if (known) closeSync(known.fd);
    let fd = openSync(fileOf(name), 'a', 0o600);
    if (fstatSync(fd).size >= FULL_BYTES) {
      closeSync(fd);
      if (existsSync(fileOf(name))) renameSync(fileOf(name), `${fileOf(name)}.1`);
      fd = openSync(fileOf(name), 'a', 0o600);
    }
    const log = { fd, bytes: fstatSync(fd).size };
    open.set(name, log);
    return log;
  }

  return {
    fileOf,
    /**
     * @param {string} name
     * @param {string} line
     */
    write(name, line) {
      try {
        const log = openLog(name);
        log.bytes += writeSync(log.fd, `${new Date().toISOString()} ${line}\n`);
      } catch {
        // A full or vanished disk: the app may still serve, and its log is no reason to end it.
      }
    },
  };
}
