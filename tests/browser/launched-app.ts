import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { openStore, type Store } from '#lib/store/store.ts';
import { until } from '#tests/support/until.ts';
import { isGroupAlive, signalGroup } from '../../scripts/launcher/process-group.mjs';
import { freePorts } from './free-ports.ts';

const ROOT = resolve(import.meta.dirname, '../..');
/** The first start on a machine may fetch Temporal or build; one that has all it needs takes a few seconds. */
const START_MS = 90_000;
const END_MS = 10_000;

export type Part = 'web' | 'worker' | 'temporal' | 'model';
export type Child = { name: string; pid: number };

/** The built app as `npm start` runs it, in a folder and on ports of its own. */
export type LaunchedApp = {
  /** The address that the launcher printed. */
  url: string;
  gatewayUrl: string;
  /** Where a part listens. */
  portOf: (part: 'web' | 'gateway' | 'temporal') => number;
  /** The process that is a part now; undefined between its end and its next start. */
  pidOf(part: Part): Promise<number | undefined>;
  launcherPid: number | undefined;
  dataDir: string;
  /** What a worker more is told. */
  workerEnv: Record<string, string>;
  /** The app's own store, beside its processes: to read only. */
  store: Store;
  output(): string;
  /** What runs now: the parts, and the launcher itself. */
  processes(): Promise<Child[]>;
  /** Ends one part by kill -9. Resolves when the launcher has noticed; it starts the part again by itself. */
  kill(part: Part): Promise<void>;
  /** Ends the launcher and all its children by kill -9; answers who they were. */
  killEverything(): Promise<Child[]>;
  /** Ends everything as Ctrl-C does. Throws when a process or a taken port is left. */
  end(): Promise<void>;
  start(): Promise<void>;
  /** The end, and its folder with it. */
  close(): Promise<void>;
};

export async function launchApp(
  variables: Record<string, string>,
  /** `npm` stays beside what it starts, and is ended as it is. */
  { by = 'node' }: { by?: 'node' | 'npm' } = {},
): Promise<LaunchedApp> {
  const dataDir = await mkdtemp(join(tmpdir(), 'parley-browser-'));
  const [web, gateway, temporal, temporalUi, model] = await freePorts(5);
  const ports = {
    PORT: String(web),
    GATEWAY_PORT: String(gateway),
    TEMPORAL_PORT: String(temporal),
    TEMPORAL_UI_PORT: String(temporalUi),
    EMBEDDED_MODEL_PORT: String(model),
  };
  const env = { ...ownEnv(), DATA_DIR: dataDir, ...ports, ...variables };
  let launcher: ChildProcess | undefined;
  let store: Store | undefined;
  let output = '';

  async function children(): Promise<Child[]> {
    const record = await readFile(join(dataDir, 'launcher.json'), 'utf8');
    return (JSON.parse(record) as { children: Child[] }).children;
  }

  const pidOf = async (part: Part) => (await children()).find(({ name }) => name === part)?.pid;

  async function start(): Promise<void> {
    output = '';
    const [command, args] = by === 'npm' ? ['npm', ['start']] : [process.execPath, [join(ROOT, 'scripts/start.mjs')]];
    const child = spawn(command, args, {
      cwd: ROOT,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    launcher = child;
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => (output += String(piece)));
    const hasPrinted = () => /Parley is at (http:\S+)/.exec(output)?.[1];
    const url = await until(() => hasPrinted() ?? child.exitCode, { timeoutMs: START_MS, seen: () => output });
    if (typeof url !== 'string') throw new Error(`The launcher ended:\n${output}`);
    app.url = url;
    store ??= openStore({ dataDir, durable: false });
  }

  async function end(): Promise<void> {
    if (!launcher || launcher.exitCode !== null || launcher.signalCode !== null) return; // it has ended before
    const pids = (await children()).map(({ pid }) => pid);
    const ended = once(launcher, 'exit', { signal: AbortSignal.timeout(END_MS) });
    launcher.kill('SIGTERM');
    await ended;
    const left = pids.filter(isGroupAlive);
    if (left.length > 0) throw new Error(`Processes are left: ${left.join(', ')}\n${output}`);
    const taken = (await Promise.all(Object.values(ports).map(isTaken))).filter(Boolean);
    if (taken.length > 0) throw new Error(`Ports are still taken: ${taken.join(', ')}\n${output}`);
  }

  // A test runner that is ended at once leaves no time for more.
  const onExit = () => launcher?.kill('SIGTERM');
  process.once('exit', onExit);

  const app: LaunchedApp = {
    url: '',
    gatewayUrl: `http://localhost:${gateway}`,
    portOf: (part) => ({ web, gateway, temporal })[part]!,
    pidOf,
    get launcherPid() {
      return launcher?.pid;
    },
    dataDir,
    workerEnv: {
      DATA_DIR: dataDir,
      PORT: ports.PORT,
      GATEWAY_PORT: ports.GATEWAY_PORT,
      TEMPORAL_ADDRESS: `127.0.0.1:${temporal}`,
      ...variables,
    },
    get store() {
      if (!store) throw new Error('The app has not been started.');
      return store;
    },
    output: () => output,
    processes: async () => [...(await children()), { name: 'launcher', pid: launcher!.pid! }],
    async kill(part) {
      const pid = await pidOf(part);
      if (pid === undefined) throw new Error(`No ${part} runs.\n${output}`);
      process.kill(pid, 'SIGKILL');
      await until(async () => (await pidOf(part)) !== pid);
    },
    async killEverything() {
      if (!launcher?.pid) throw new Error('The app has not been started.');
      const all = await children();
      const ended = once(launcher, 'exit');
      launcher.kill('SIGKILL');
      for (const { pid } of all) signalGroup(pid, 'SIGKILL');
      await ended;
      await until(() => !all.some(({ pid }) => isGroupAlive(pid)));
      return [{ name: 'launcher', pid: launcher.pid }, ...all];
    },
    end,
    start,
    async close() {
      process.off('exit', onExit);
      await end();
      await store?.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
  try {
    await start();
  } catch (cause) {
    await app.close();
    throw new Error('The app was not launched.', { cause });
  }
  return app;
}

/** This process's environment without what would choose another model, server or folder than the test's. */
function ownEnv(): NodeJS.ProcessEnv {
  const chosen = /^((OPENAI|MODEL|EMBEDDED_MODEL|TEMPORAL|GATEWAY)_.*|HOST|PUBLIC_URL|DATABASE_URL|NODE_ENV)$/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !chosen.test(name))) as NodeJS.ProcessEnv;
}

/** The port, if anything listens on it. */
async function isTaken(port: string): Promise<string | undefined> {
  const socket = connect(Number(port), '127.0.0.1');
  const answered = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  });
  socket.destroy();
  return answered ? port : undefined;
}
