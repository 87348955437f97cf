import { readdir, readFile } from 'node:fs/promises';

const KIB_PER_MIB = 1024;

/**
 * MiB of a group of processes: what would be free without them, so that what they share counts once and nothing is
 * divided among strangers; resident sets summed, where it counts in each; and proportional sets, where others take a part.
 */
export type GroupMemory = { alone: number; rss: number; pss: number; byName: Map<string, number> };

/** Of these processes and of all that they have started. `byName`: what each root and its own have for themselves. */
export async function memoryOfGroup(roots: { name: string; pid: number }[]): Promise<GroupMemory> {
  const nameOf = await descent(roots);
  const group: GroupMemory = { alone: 0, rss: 0, pss: 0, byName: new Map() };
  const shared = new Map<string, number>();
  for (const [pid, name] of nameOf) {
    for (const { file, rss, pss, own } of await mappings(pid)) {
      group.rss += rss;
      group.pss += pss;
      group.alone += own;
      group.byName.set(name, (group.byName.get(name) ?? 0) + own);
      shared.set(file, Math.max(shared.get(file) ?? 0, rss - own));
    }
  }
  for (const rss of shared.values()) group.alone += rss;
  return group;
}

/** Every process of the machine that descends from one of these, with the name of the nearest. */
async function descent(roots: { name: string; pid: number }[]): Promise<Map<number, string>> {
  const parents = new Map<number, number>();
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''); // it has ended meanwhile
    const [, parent] = /\) \S (\d+) /.exec(stat) ?? [];
    if (parent) parents.set(pid, Number(parent));
  }
  const nameOf = (pid: number | undefined): string | undefined =>
    pid === undefined ? undefined : (roots.find((root) => root.pid === pid)?.name ?? nameOf(parents.get(pid)));
  return new Map(
    [...parents.keys()].flatMap((pid): [number, string][] => {
      const name = nameOf(pid);
      return name === undefined ? [] : [[pid, name]];
    }),
  );
}

/** What of a process's memory comes from where, in MiB; a file's place tells its mappings apart. */
async function mappings(pid: number): Promise<{ file: string; rss: number; pss: number; own: number }[]> {
  const smaps = await readFile(`/proc/${pid}/smaps`, 'utf8').catch(() => ''); // it has ended meanwhile
  return smaps.split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m).map((mapping) => {
    const [, place = '', path = ''] = /^\S+ \S+ (\S+ \S+ \d+)\s*(.*)/.exec(mapping) ?? [];
    const read = (field: string) =>
      Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(mapping)?.[1] ?? 0) / KIB_PER_MIB;
    const own = path === '' || path.startsWith('[') ? read('Rss') : read('Private_Dirty');
    return { file: `${place} ${path}`, rss: read('Rss'), pss: read('Pss'), own };
  });
}
