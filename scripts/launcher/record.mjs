import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { claim, codeOf } from './claim.mjs';
import { endGroup, isGroupAlive, startTime } from './process-group.mjs';
import { Refusal } from './refusal.mjs';

/** @typedef {{ name: string, pid: number, startTime: string | undefined }} RecordedChild */
/** @typedef {{ pid: number, startTime: string | undefined, url: string | undefined, children: RecordedChild[] }} LauncherRecord */
/** @typedef {ReturnType<typeof openRecord>} Record */

/** Orphans serve nobody any more, so they get less time than at an orderly end. */
const ORPHAN_GRACE_MS = 3_000;

/**
 * DATA_DIR/launcher.json: who runs on this data, and which children a launcher that was killed left behind.
 * @param {string} dataDir
 */
export function openRecord(dataDir) {
  const file = path.join(dataDir, 'launcher.json');
  /** @type {LauncherRecord} */
  const mine = { pid: process.pid, startTime: startTime(process.pid), url: undefined, children: [] };
  const claimed = claimOrRefuse(dataDir, file, mine);

  function save() {
    try {
      writeFileSync(`${file}.new`, JSON.stringify(mine));
      renameSync(`${file}.new`, file);
    } catch {
      // A full or vanished disk. Orphans could not be found again then, but what serves still serves.
    }
  }

  /** @param {number} pid */
  function remove(pid) {
    mine.children = mine.children.filter((child) => child.pid !== pid);
    save();
  }

  mine.children.push(...(claimed.left?.children ?? []));
  if (mine.children.length > 0) save();

  return {
    /**
     * Ends what a killed launcher left, in this order and then the rest. Answers with their names.
     * @param {readonly string[]} order
     */
    async endOrphans(order) {
      /** @param {RecordedChild} child */
      const place = ({ name }) => (order.includes(name) ? order.indexOf(name) : order.length);
      const orphans = mine.children.filter(isOrphan).sort((a, b) => place(a) - place(b));
      for (const { pid } of orphans) await endGroup(pid, ORPHAN_GRACE_MS);
      mine.children = [];
      save();
      return orphans.map((orphan) => orphan.name);
    },
    /**
     * @param {string} name
     * @param {number} pid
     */
    add(name, pid) {
      mine.children.push({ name, pid, startTime: startTime(pid) });
      save();
    },
    remove,
    /** @param {string} url */
    setUrl(url) {
      mine.url = url;
      save();
    },
    release() {
      rmSync(file, { force: true });
    },
  };
}

/**
 * A child that still runs, or the rest of its group. The group's number can only have become somebody else's after a restart
 * of the machine, or by a process that has ended in turn; the second is left alone where the first cannot be told apart.
 * @param {RecordedChild} child
 */
function isOrphan({ pid, startTime: began }) {
  if (began === undefined) return false;
  const now = startTime(pid);
  if (now !== undefined) return now === began;
  const boot = startTime(process.pid)?.split(' ')[0];
  return process.platform === 'linux' && began.split(' ')[0] === boot && isGroupAlive(pid);
}

/**
 * @param {string} dataDir
 * @param {string} file
 * @param {LauncherRecord} mine
 */
function claimOrRefuse(dataDir, file, mine) {
  let result;
  try {
    mkdirSync(dataDir, { recursive: true });
    result = claim(file, mine);
  } catch (error) {
    throw new Refusal(`DATA_DIR ${dataDir} cannot be written to (${codeOf(error) ?? String(error)}).`);
  }
  if (result.heldBy === undefined) return result;
  const { url, pid } = result.heldBy;
  throw new Refusal(
    `Parley already ${url ? `runs at ${url}` : 'starts'} with the data in ${dataDir} (process ${pid}). ` +
      'End that one first, or set DATA_DIR (and PORT) to run a second one beside it.',
  );
}
