import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Connection } from '@temporalio/client';
import { startChild } from '../../scripts/launcher/child.mjs';
import { createSay } from '../../scripts/launcher/say.mjs';
import { findTemporal, temporalArguments } from '../../scripts/launcher/temporal.mjs';
import { killedAtExit } from './children.ts';
import { until } from './until.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const STARTS_MAX = 3;

/** Dynamic configuration beyond what `npm start` sets, each as `key=value`. */
export type TemporalOptions = { settings?: string[] };

/** A real Temporal dev server, as `npm start` runs it; its file is in a folder of its own. */
export type TemporalServer = {
  address: string;
  /** It answers nothing any more, and keeps its port: as a machine that hangs. */
  freeze(): void;
  thaw(): void;
  /** It goes, as by `kill -9`; `start` again on the same port and file. */
  kill(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
};

export async function startTemporal({ settings = [] }: TemporalOptions = {}): Promise<TemporalServer> {
  const binary = await temporalBinary();
  const folder = await mkdtemp(join(tmpdir(), 'parley-temporal-'));
  const file = join(folder, 'temporal.db');
  let [port, uiPort] = await freePorts();
  const addressOf = () => `127.0.0.1:${port}`;

  async function launch() {
    const args = [
      ...temporalArguments({ ip: '127.0.0.1', port, uiPort, file, namespace: 'default' }),
      ...settings.map((setting) => `--dynamic-config-value=${setting}`),
    ];
    const address = addressOf();
    const child = killedAtExit(spawn(binary, [...args, '--headless'], { stdio: 'ignore' }));
    const ended = once(child, 'exit');
    await Promise.race([
      until(() => answers(address), { timeoutMs: 30_000 }),
      ended.then(() => Promise.reject(new Error('The Temporal dev server ended at its start.'))),
    ]);
    return { child, ended };
  }

  let server: Awaited<ReturnType<typeof launch>> | undefined;
  for (let tries = 1; !server; tries++) {
    try {
      server = await launch();
    } catch (error) {
      // A port that was free may have become another connection's own before the server took it.
      if (tries === STARTS_MAX) throw error;
      [port, uiPort] = await freePorts();
    }
  }
  let running = server;
  const kill = async () => {
    running.child.kill('SIGKILL');
    await running.ended;
  };
  return {
    address: addressOf(),
    freeze: () => void running.child.kill('SIGSTOP'),
    thaw: () => void running.child.kill('SIGCONT'),
    kill,
    async start() {
      running = await launch();
    },
    async close() {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** TEMPORAL_CLI names a binary; else the one that `npm start` would take, which may have to be fetched. */
async function temporalBinary(): Promise<string> {
  if (process.env.TEMPORAL_CLI) return process.env.TEMPORAL_CLI;
  const run = (spec: Parameters<typeof startChild>[0]) => startChild(spec, () => {}).ended;
  const cacheDir = resolve(process.env.CACHE_DIR || join(ROOT, '.cache'));
  return findTemporal({ root: ROOT, cacheDir, node: process.execPath, env: process.env, run, say: createSay() });
}

async function answers(address: string): Promise<boolean> {
  try {
    const connection = await Connection.connect({ address, connectTimeout: 500 });
    await connection.workflowService.describeNamespace({ namespace: 'default' });
    await connection.close();
    return true;
  } catch {
    return false; // refused, or its namespace is not there yet
  }
}

async function freePorts(): Promise<[number, number]> {
  const servers = [createServer().listen(0, '127.0.0.1'), createServer().listen(0, '127.0.0.1')] as const;
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports as [number, number];
}
