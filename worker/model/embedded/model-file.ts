import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** A file that is known by its content: whoever serves it need not be trusted. */
export type WantedFile = { file: string; bytes: number; sha256: string };

/** Apache-2.0. */
export const SMOLLM2 = {
  file: 'SmolLM2-135M-Instruct.Q4_1.gguf',
  bytes: 98_362_432,
  sha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
} as const satisfies WantedFile;

/** Somewhere to get the file from. `fetch` leaves it anywhere in `folder` and returns its path; it throws what a person can read. */
export type Source = {
  name: string;
  fetch: (folder: string, onPercent: (percent: number) => void, signal: AbortSignal) => Promise<string>;
};

const PART = /^\.part-(\d+)-/;

/**
 * The path of the wanted file in `modelsDir`, fetched from the first source that has it.
 *
 * The checksum is compared once, before the file gets its name; later starts compare the size only, because hashing 98 MB
 * costs 0.2–0.4 s of a start that takes 1.5. Each attempt works in a `.part` folder of its own and renames at the end, so
 * processes that fetch at the same time do double work but no harm.
 */
export async function obtainModelFile(
  wanted: WantedFile,
  modelsDir: string,
  sources: readonly Source[],
  onPercent: (percent: number) => void,
  signal: AbortSignal,
): Promise<string> {
  const path = join(modelsDir, wanted.file);
  await mkdir(modelsDir, { recursive: true });
  await removeAbandonedParts(modelsDir);
  const failures: string[] = [];
  for (const source of sources) {
    if (await hasSize(path, wanted.bytes)) return path;
    const part = await mkdtemp(join(modelsDir, `.part-${process.pid}-`));
    onPercent(0);
    try {
      const fetched = await source.fetch(part, rising(onPercent), signal);
      await verify(fetched, wanted);
      await rename(fetched, path);
      return path;
    } catch (error) {
      signal.throwIfAborted();
      failures.push(`${source.name}: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      await rm(part, { recursive: true, force: true });
    }
  }
  throw new Error(`The model could not be downloaded. ${failures.join('; ')}`);
}

/** Reports whole per cents that grow, and never 100: the file is not there before it has been checked. */
function rising(onPercent: (percent: number) => void) {
  let last = 0;
  return (percent: number) => {
    const whole = Math.min(99, Math.floor(percent));
    if (whole > last) onPercent((last = whole));
  };
}

async function hasSize(path: string, bytes: number): Promise<boolean> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  return found?.size === bytes;
}

/** Throws unless the file is the wanted one; then makes sure that it survives a power cut, since nobody hashes it again. */
export async function verify(path: string, wanted: WantedFile): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), hash);
  const found = hash.digest('hex');
  if (found !== wanted.sha256)
    throw new Error(`the file has the wrong sha256 (${found.slice(0, 12)}…, not ${wanted.sha256.slice(0, 12)}…)`);
  const file = await open(path, 'r+');
  await file.sync().finally(() => file.close());
}

/** What a process that was killed while it fetched has left. A live process keeps its own. */
async function removeAbandonedParts(modelsDir: string): Promise<void> {
  for (const name of await readdir(modelsDir)) {
    const pid = Number(PART.exec(name)?.[1]);
    if (pid > 0 && !isAlive(pid)) await rm(join(modelsDir, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // ESRCH: gone. EPERM: alive, and somebody else's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
