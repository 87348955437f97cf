import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { killedAtExit } from '#tests/support/children.ts';
import { connectModelEndpoint, type ModelEndpoint } from '#tests/support/endpoint-client.ts';

const FILE = join(resolve(import.meta.dirname, '..'), 'tests/support/model-endpoint.ts');

/** The scripted endpoint in a process of its own: what measures and what is measured share no event loop with it. */
export async function startEndpointProcess(): Promise<ModelEndpoint> {
  const child = killedAtExit(spawn(process.execPath, [FILE], { stdio: ['ignore', 'pipe', 'inherit'] }));
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const endpoint = connectModelEndpoint(/http:\S+/.exec(line.toString())![0]);
  return {
    ...endpoint,
    async close() {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}
