import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { migrate } from '#lib/store/migrate.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const NEXT = join(ROOT, 'node_modules/next/dist/bin/next');
/** A start takes well under a second; a machine under load is given more. */
const START_MS = 30_000;

export type Web = {
  url: string;
  port: number;
  dataDir: string;
  /** What the process has written so far, both streams. */
  output(): string;
  /** Ends the process as a supervisor does, and removes its folder if it was made here. */
  stop(): Promise<void>;
};

export type WebOptions = {
  /** A folder that stays; left out: a new one that goes with the process. */
  dataDir?: string;
  port?: number;
  /** Over the defaults, which name no Temporal and no gateway that is there. */
  env?: Record<string, string>;
};

/** The built app's web process alone, as in production. Ready when health has answered, whatever it said. */
export async function startWeb(options: WebOptions = {}): Promise<Web> {
  if (!existsSync(join(ROOT, '.next/BUILD_ID'))) throw new Error('The app is not built: run `next build` first.');
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'parley-web-')));
  await migrate(dataDir);
  const port = options.port ?? (await freePort());
  const nowhere = await freePort();
  const child = spawn(process.execPath, [NEXT, 'start', '-H', '127.0.0.1', '-p', String(port)], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      NODE_ENV: 'production',
      NEXT_TELEMETRY_DISABLED: '1',
      DATA_DIR: dataDir,
      PORT: String(port),
      GATEWAY_PORT: String(nowhere),
      TEMPORAL_ADDRESS: `127.0.0.1:${nowhere}`,
      ...options.env,
    },
  });
  let output = '';
  const note = (piece: Buffer) => (output += piece.toString());
  child.stdout.on('data', note);
  child.stderr.on('data', note);
  const ended = once(child, 'exit');

  const web: Web = {
    url: `http://127.0.0.1:${port}`,
    port,
    dataDir,
    output: () => output,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await ended;
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
    },
  };
  try {
    await Promise.race([
      healthAnswers(web.url, AbortSignal.timeout(START_MS)),
      ended.then(([code]) => Promise.reject(new Error(`The web process ended with code ${code}.`))),
    ]);
  } catch (cause) {
    await web.stop();
    throw new Error(`The web process did not start. It wrote:\n${output}`, { cause });
  }
  return web;
}

async function healthAnswers(url: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      await (await fetch(`${url}/api/health`, { signal })).text();
      return;
    } catch (error) {
      if (signal.aborted) throw error;
      await pause(25); // refused: it does not listen yet
    }
  }
}

/** A port that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
