import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { killedAtExit } from './children.ts';
import { until } from './until.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** A real worker process: `node worker/main.ts`, as the launcher starts it, or by another command. */
export type WorkerProcess = {
  pid: number;
  /** What it has written so far. */
  output(): string;
  /** It has told that it takes work. */
  ready(): Promise<unknown>;
  signal(name: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): void;
  /** Its exit code; null after a signal that it did not take. */
  ended: Promise<number | null>;
  close(): Promise<void>;
};

export function startWorkerProcess(env: Record<string, string>, command = ['worker/main.ts']): WorkerProcess {
  const [script = '', ...args] = command;
  const child = spawn(process.execPath, [join(ROOT, script), ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, GATEWAY_PORT: '0', ...env } as unknown as NodeJS.ProcessEnv,
  });
  killedAtExit(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => (output += piece.toString()));
  const ended = once(child, 'exit').then(([code]: (number | null)[]) => code ?? null);
  return {
    pid: child.pid!,
    output: () => output,
    ready: () => until(() => output.includes('worker runs'), { timeoutMs: 30_000, seen: () => output }),
    signal: (name) => void child.kill(name),
    ended,
    async close() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
