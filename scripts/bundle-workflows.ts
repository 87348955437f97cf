import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bundleWorkflows } from '#worker/workflow-bundle.ts';

/** Bundles the workflow code once, at build: a worker that does it at its start loses a second or two each time. */
const target = join(import.meta.dirname, '..', 'dist', 'workflow-bundle.js');
const { code } = await bundleWorkflows();
mkdirSync(dirname(target), { recursive: true });
writeFileSync(target, code);
