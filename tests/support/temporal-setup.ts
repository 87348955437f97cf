import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { bundleWorkflows } from '#worker/workflow-bundle.ts';
import { startTemporal } from './temporal.ts';

declare module 'vitest' {
  // Vitest's own, which can only be added to as an interface.
  interface ProvidedContext {
    temporalAddress: string;
    /** A file with the workflow code, bundled once for all tests. */
    workflowBundle: string;
  }
}

/** Vitest's global set-up: one Temporal dev server for all tests that need one; their task queues and ids are their own. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-tests-'));
  const workflowBundle = join(folder, 'workflow-bundle.js');
  const [temporal, { code }] = await Promise.all([startTemporal(), bundleWorkflows()]);
  await writeFile(workflowBundle, code);
  project.provide('temporalAddress', temporal.address);
  project.provide('workflowBundle', workflowBundle);
  return async () => {
    await temporal.close();
    await rm(folder, { recursive: true, force: true });
  };
}
