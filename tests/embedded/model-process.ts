import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const MAIN = resolve('worker/model/embedded/main.ts');

/** Longest time to the model, its download included. */
export const READY_MS = 180_000;

export type Health = {
  status: string;
  percent?: number;
  message?: string;
  model?: string;
  contextTokens?: number;
  maxNewTokens?: number;
};

/** The embedded model as the launcher starts it: a real process that serves the real model. */
export async function startModel(env: Record<string, string> = {}) {
  const port = Number(env['EMBEDDED_MODEL_PORT'] ?? (await freePort()));
  const child = spawn(process.execPath, [MAIN], {
    env: { ...process.env, EMBEDDED_MODEL_PORT: String(port), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = once(child, 'close').then(() => ({ code: child.exitCode, signal: child.signalCode, said }));
  const base = `http://127.0.0.1:${port}`;

  /** Null while nothing listens yet. */
  const health = async (): Promise<Health | null> => {
    // Refused is all that can happen here: a process that ended is told by `until`.
    const response = await fetch(`${base}/health`).catch(() => null);
    return response && ((await response.json()) as Health);
  };
  return {
    base,
    port,
    pid: child.pid as number,
    ended,
    health,
    /** Looks until the health is such; fails when the process ends first. */
    async until(is: (health: Health) => boolean): Promise<Health> {
      for (;;) {
        const now = await health();
        if (now && is(now)) return now;
        if (child.exitCode !== null || child.signalCode !== null) throw new Error(`The model ended: ${said}`);
        await pause(20);
      }
    },
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    async stop() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

export type ModelProcess = Awaited<ReturnType<typeof startModel>>;

export async function startReadyModel(env: Record<string, string> = {}): Promise<ModelProcess> {
  const model = await startModel(env);
  try {
    await model.until((health) => health.status === 'ok');
    return model;
  } catch (error) {
    await model.stop();
    throw error;
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
