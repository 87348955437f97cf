import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * Who a worker process is, in Temporal's events and in the turns it holds: host, pid, and the start of that pid, because
 * pids come again. Short: it stands in every event of the history.
 */
export const ownIdentity = (): string => `${hostname()}:${process.pid}:${startOf(process.pid) ?? ''}`;

/** Whether the process of this identity has certainly ended; of another host's nothing is known. */
export function isDead(identity: string): boolean {
  const [host, pid, start] = identity.split(':');
  if (host !== hostname() || pid === undefined) return false;
  return startOf(Number(pid)) !== start;
}

/** When a process started, in a form that only means something to itself; null when it does not run. */
function startOf(pid: number): string | null {
  try {
    if (process.platform === 'linux') {
      // The command stands in brackets and may hold blanks; the start is the 20th field after it (proc(5), field 22).
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return fields[0] === 'Z' ? null : (fields[19] ?? null);
    }
    const started = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
    return String(Date.parse(started) / 1_000);
  } catch {
    return null; // no such process
  }
}
