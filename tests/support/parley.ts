import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { v7 } from 'uuid';
import { inject } from 'vitest';
import { migrate } from '#lib/store/migrate.ts';
import type { ModelEndpoint } from './endpoint-client.ts';
import { startModelEndpoint } from './model-endpoint.ts';
import { startWorker, type RunningWorker } from './running-worker.ts';
import { createUser, type User } from './user.ts';

/** What no error, log or page may hold any of. */
export const KEY = 'sk-parley-0123456789-secret';

/** All of Parley but page and gateway, in a folder and on a task queue of its own: real store, real Temporal, a worker. */
export type Parley = {
  endpoint: ModelEndpoint;
  user: User;
  /** What its processes are told; a worker more is `startWorker(env)`. */
  env: Record<string, string>;
  worker: RunningWorker;
  close(): Promise<void>;
};

export type ParleyOptions = { env?: Record<string, string>; temporalAddress?: string };

export async function startParley(options: ParleyOptions = {}): Promise<Parley> {
  const stage = await prepareParley(options);
  const worker = await startWorker(stage.env);
  return {
    ...stage,
    worker,
    async close() {
      await worker.shutdown();
      await stage.close();
    },
  };
}

/** The same without a worker. */
export async function prepareParley({ env: more, temporalAddress }: ParleyOptions = {}): Promise<
  Omit<Parley, 'worker'>
> {
  const dataDir = await mkdtemp(join(tmpdir(), 'parley-worker-'));
  await migrate(dataDir);
  const endpoint = await startModelEndpoint();
  const env = {
    DATA_DIR: dataDir,
    TEMPORAL_ADDRESS: temporalAddress ?? inject('temporalAddress'),
    // Short, as it is in earnest: it stands in every history.
    TEMPORAL_TASK_QUEUE: `parley-${v7().slice(-8)}`,
    WORKFLOW_BUNDLE: inject('workflowBundle'),
    OPENAI_BASE_URL: endpoint.baseURL,
    OPENAI_API_KEY: KEY,
    OPENAI_MODEL: 'scripted',
    ...more,
  };
  const user = createUser(env);
  // As the web process does at its start: the first call costs more than the others.
  await user.temporal.isReachable();
  return {
    endpoint,
    user,
    env,
    async close() {
      await user.close();
      await endpoint.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** The workflow code with one of its numbers changed, for what would take an hour otherwise. Written to `folder`. */
export async function changedBundle(folder: string, [from, to]: [string, string]): Promise<string> {
  const code = await readFile(inject('workflowBundle'), 'utf8');
  if (code.split(from).length !== 2) throw new Error(`The workflow code does not say "${from}" once.`);
  const file = join(folder, 'changed-bundle.js');
  await writeFile(file, code.replace(from, to));
  return file;
}
