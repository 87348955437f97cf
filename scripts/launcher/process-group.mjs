import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const LINUX = process.platform === 'linux';
const LOOK_MS = 50;
/** After SIGKILL only the kernel is waited for. */
const KILLED_MS = 1_000;

/**
 * When a process began, as text that is compared only with itself: a pid is used again, the pair of pid and start is not.
 * Undefined when there is no such process, or only its zombie.
 * @param {number} pid
 * @returns {string | undefined}
 */
export function startTime(pid) {
  if (!LINUX) {
    const [state = '', ...began] = ps(['-o', 'stat=,lstart=', '-p', String(pid)])
      .trim()
      .split(/\s+/);
    return began.length === 0 || state.startsWith('Z') ? undefined : began.join(' ');
  }
  const stat = readStat(pid);
  // Clock ticks since boot mean something only together with the boot.
  return stat === undefined || stat.state === 'Z'
    ? undefined
    : `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${stat.start}`;
}

/**
 * Sends a signal to every process of a group; false when there is none (left), or none of ours.
 * @param {number} group the pid of the process that began it
 * @param {NodeJS.Signals | 0} signal
 */
export function signalGroup(group, signal) {
  try {
    process.kill(-group, signal);
    return true;
  } catch {
    // ESRCH: all gone. EPERM: the number belongs to somebody else by now (or, on macOS, to zombies only).
    return false;
  }
}

/**
 * Ends a process group: SIGTERM, and SIGKILL for what is still there after `graceMs`. True when nothing is left.
 * @param {number} group
 * @param {number} graceMs
 */
export async function endGroup(group, graceMs) {
  if (!isGroupAlive(group)) return true;
  if (graceMs > 0) {
    signalGroup(group, 'SIGTERM');
    if (await isGoneWithin(group, graceMs)) return true;
  }
  signalGroup(group, 'SIGKILL');
  return isGoneWithin(group, KILLED_MS);
}

/**
 * @param {number} group
 * @param {number} withinMs
 */
async function isGoneWithin(group, withinMs) {
  const until = performance.now() + withinMs;
  while (isGroupAlive(group)) {
    if (performance.now() >= until) return false;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return true;
}

/**
 * A zombie still answers `kill(0)`, and in a container nobody may ever collect it: only living members count.
 * @param {number} group
 */
export function isGroupAlive(group) {
  if (!signalGroup(group, 0)) return false;
  if (!LINUX)
    return ps(['-axo', 'pgid=,stat='])
      .split('\n')
      .some((row) => new RegExp(`^\\s*${group}\\s+[^Z]`).test(row));
  return readdirSync('/proc').some((name) => {
    if (!/^\d+$/.test(name)) return false;
    const stat = readStat(Number(name));
    return stat !== undefined && stat.group === group && stat.state !== 'Z';
  });
}

/** @param {number} pid */
function readStat(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the command in parentheses and may itself hold spaces and parentheses.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0], group: Number(fields[2]), start: fields[19] };
  } catch {
    // ENOENT, ESRCH: it has ended (even between open and read).
    return undefined;
  }
}

/** @param {string[]} args */
function ps(args) {
  try {
    return execFileSync('ps', args, {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    // Exit code 1: no such process.
    return '';
  }
}
