import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import type { StorePlace } from './place.ts';

/** Another process at the same store; its lines are what it has been answered. */
export function startChild(program: 'hammer' | 'writer', place: StorePlace, args: string[]) {
  const child = spawn(process.execPath, [join(import.meta.dirname, `${program}.ts`), ...args], {
    env: { ...process.env, ...place.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let complaints = '';
  child.stderr.on('data', (data) => (complaints += data));
  const exited = once(child, 'exit');
  return {
    lines: createInterface({ input: child.stdout })[Symbol.asyncIterator](),
    /** Ends it as a power cut would. */
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
    /** Throws what it complained of when it did not end well. */
    ended: async () => {
      const [code] = await exited;
      if (code !== 0) throw new Error(`${program} ended with ${code}: ${complaints}`);
    },
  };
}
