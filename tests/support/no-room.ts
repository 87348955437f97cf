import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder whose files cannot grow while there is no room, and how to take the room and give it back. */
export type Room = { folder: string; take(): void; give(): void; remove(): void };

export const canMount = process.platform === 'linux' && process.getuid?.() === 0;
export const canLimit = process.platform === 'linux';

/** A disk of its own, in memory, which a file fills: the real ENOSPC. Needs root. */
export function smallDisk(): Room {
  const folder = mkdtempSync(join(tmpdir(), 'parley-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'parley-test', folder]);
  const filler = join(folder, 'filler');
  return {
    folder,
    take() {
      const { bavail, bsize } = statfsSync(folder);
      writeFileSync(filler, Buffer.alloc(bavail * bsize));
    },
    give: () => rmSync(filler),
    remove() {
      execFileSync('umount', [folder]);
      rmSync(folder, { recursive: true });
    },
  };
}

/** The system's limit on the size of the files that processes write (EFBIG); anybody may set his own. */
export function limitFiles(pids: number[], bytes: number | 'unlimited'): void {
  for (const pid of pids) execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:unlimited`]);
}

/** A folder on the usual disk, where this process may write no file beyond the store's size. */
export function smallFiles(storeName: string): Room {
  const folder = mkdtempSync(join(tmpdir(), 'parley-limit-'));
  return {
    folder,
    take: () => limitFiles([process.pid], statSync(join(folder, storeName)).size),
    give: () => limitFiles([process.pid], 'unlimited'),
    remove: () => rmSync(folder, { recursive: true }),
  };
}
