import { execFileSync } from 'node:child_process';

type Process = { pid: number; parent: number; group: number; rssKiB: number; command: string };

export function processes(): Process[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,pgid=,rss=,args='], { encoding: 'utf8' }).split('\n');
  return lines.flatMap((line) => {
    const [, pid, parent, group, rssKiB, command = ''] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return pid === undefined
      ? []
      : [{ pid: Number(pid), parent: Number(parent), group: Number(group), rssKiB: Number(rssKiB), command }];
  });
}

/** The processes of a launched part: the one that the launcher started, and what that has started itself. */
export const groupOf = (group: number): number[] =>
  processes()
    .filter((each) => each.group === group)
    .map(({ pid }) => pid);

/** Resident memory of a process, in KiB. */
export const rssOf = (pid: number): number => processes().find((each) => each.pid === pid)?.rssKiB ?? 0;

/** The browser that this process has started: all its processes, so that it sleeps as its whole machine would. */
export function browserProcesses(): number[] {
  const all = processes();
  const found: number[] = [];
  for (let parents = [process.pid]; parents.length > 0;) {
    const children = all.filter(({ parent }) => parents.includes(parent));
    found.push(...children.filter(({ command }) => /chrom(e|ium)/.test(command)).map(({ pid }) => pid));
    parents = children.map(({ pid }) => pid);
  }
  return found;
}
