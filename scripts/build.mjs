// `npm run build`: what `npm start` builds, for deployments that start the parts alone.
import { fileURLToPath } from 'node:url';
import { ensureBuilt } from './launcher/build.mjs';
import { ensureInstalled } from './launcher/install.mjs';
import { findNode } from './launcher/node.mjs';
import { withoutKeys } from './launcher/services.mjs';
import { readSettings } from './launcher/settings.mjs';
import { runTasks } from './launcher/tasks.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { dataDir } = readSettings({ env: process.env, root, dev: false });
await runTasks(dataDir, async ({ run, say }) => {
  const parts = { root, env: withoutKeys(process.env), run, say };
  await ensureInstalled(parts);
  await ensureBuilt({ ...parts, node: findNode(root) });
});
