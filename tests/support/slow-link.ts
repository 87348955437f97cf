import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { killedAtExit } from './children.ts';

/*
 * A process that stands between a viewer and a server, and takes from the server no more than so many bytes a second.
 * Stopped by SIGSTOP it takes nothing. Run by itself: `node slow-link.ts PORT`, which sends its own port.
 */
const PORTION_MS = 100;

if (import.meta.main) {
  let rate = Infinity;
  const links = new Set<() => void>();
  const server = createServer((near) => {
    let left = 0;
    // A buffer of its own size: else a whole 64 KiB is taken at once, whatever the rate.
    const far: Socket = connect({
      port: Number(process.argv[2]),
      host: '127.0.0.1',
      onread: {
        buffer: Buffer.alloc(1024),
        callback: (bytes, buffer) => {
          near.write(Buffer.from(buffer.subarray(0, bytes)));
          left -= bytes;
          return left > 0;
        },
      },
    });
    const portion = () => {
      left = Math.min(left + (rate * PORTION_MS) / 1_000, rate);
      if (left > 0) far.resume();
    };
    links.add(portion);
    const timer = setInterval(portion, PORTION_MS);
    portion();
    near.pipe(far);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('error', () => other.destroy()).on('close', () => (other.destroy(), clearInterval(timer)));
    }
  });
  process.on('message', ({ bytesPerSecond }: { bytesPerSecond: number | null }) => {
    rate = bytesPerSecond ?? Infinity;
    for (const portion of links) portion();
    process.send?.('set');
  });
  process.once('disconnect', () => process.exit());
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
}

export type SlowLink = {
  port: number;
  pid: number;
  /** `null`: as fast as it goes. */
  setRate(bytesPerSecond: number | null): Promise<void>;
  close(): Promise<void>;
};

export async function openSlowLink(port: number): Promise<SlowLink> {
  const child = killedAtExit(
    spawn(process.execPath, ['--disable-warning=ExperimentalWarning', import.meta.filename, String(port)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    }),
  );
  const exited = once(child, 'exit');
  const [own] = (await once(child, 'message')) as [number];
  return {
    port: own,
    pid: child.pid!,
    async setRate(bytesPerSecond) {
      const set = once(child, 'message');
      child.send({ bytesPerSecond });
      await set;
    },
    async close() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
