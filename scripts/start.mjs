// `npm start` and `npm run dev`: from a fresh clone to a printed address. Plain JavaScript that needs nothing installed.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBuilt } from './launcher/build.mjs';
import { prepareEnding } from './launcher/ending.mjs';
import { showModel, waitUntilAnswered, waitUntilHealthy } from './launcher/health.mjs';
import { ensureInstalled } from './launcher/install.mjs';
import { createLogs } from './launcher/logs.mjs';
import { chooseModel } from './launcher/model.mjs';
import { findNode } from './launcher/node.mjs';
import { reservePorts } from './launcher/ports.mjs';
import { openRecord } from './launcher/record.mjs';
import { Refusal } from './launcher/refusal.mjs';
import { createSay } from './launcher/say.mjs';
import {
  ENDING,
  modelService,
  QUIET_NODE,
  sharedEnv,
  temporalService,
  webService,
  withoutKeys,
  workerService,
} from './launcher/services.mjs';
import { LOOPBACK, readSettings } from './launcher/settings.mjs';
import { createSupervisor } from './launcher/supervisor.mjs';
import { findTemporal } from './launcher/temporal.mjs';
import { watchSources } from './launcher/watch.mjs';

const { env } = process;
const say = createSay();
const root = fileURLToPath(new URL('..', import.meta.url));

/** @type {(code: number) => Promise<void>} */
let end = async (code) => process.exit(code);
try {
  await start();
} catch (error) {
  say.problem(error instanceof Refusal ? error.message : String(error instanceof Error ? error.stack : error));
  await end(1);
}

async function start() {
  const unknown = process.argv.slice(2).find((flag) => flag !== '--dev');
  if (unknown !== undefined)
    throw new Refusal(
      `${unknown} is unknown: there is only --dev. Settings come from the environment; README.md lists them.`,
    );
  if (process.platform === 'win32') throw new Refusal('Parley runs on Linux and macOS; on Windows inside WSL.');
  const settings = readSettings({ env, root, dev: process.argv.includes('--dev') });
  const record = openRecord(settings.dataDir);
  const logs = createLogs(path.join(settings.dataDir, 'logs'));
  const supervisor = createSupervisor({ say, logs, record, onRefusal });
  end = prepareEnding({ supervisor, record, say });

  const orphans = await record.endOrphans(ENDING);
  if (orphans.length > 0) say.line(`Ended what an earlier start had left behind: ${orphans.join(', ')}.`);

  const model = await chooseModel(env);
  const { portOf, release } = await reservePorts(
    settings.ports.filter(({ name }) => name !== 'model' || model.source === 'embedded'),
    say.line,
  );
  const parts = { root, cacheDir: settings.cacheDir, env: withoutKeys(env), run: supervisor.run, say };
  await ensureInstalled(parts);
  const node = findNode(root);
  const [temporal] = await Promise.all([
    settings.temporalAddress === undefined ? findTemporal({ ...parts, node }) : undefined,
    settings.dev ? undefined : ensureBuilt({ ...parts, node }),
  ]);
  const plan = { env, settings, portOf, node, model, temporal };
  await migrate(plan, supervisor);

  say.line(model.line);
  if (model.source === 'embedded') {
    await release('model');
    supervisor.start(modelService(plan));
    void showModel(`http://${LOOPBACK}:${portOf('model')}`, say);
  }
  const starting = say.progress('starting');
  await release('web');
  supervisor.start(webService(plan));
  if (temporal !== undefined) {
    await release('temporal');
    await release('temporalUi');
    supervisor.start(temporalService({ ...plan, temporal }));
    starting.detail('waiting for Temporal');
    await waitUntilAnswered(LOOPBACK, portOf('temporal'));
  }
  await release('gateway');
  supervisor.start(workerService(plan));
  await waitUntilHealthy(originOf(settings.host, portOf('web')), starting);
  starting.done();

  if (settings.dev) reloadOnChange(supervisor);
  const address = originOf(settings.host === LOOPBACK ? 'localhost' : settings.host, portOf('web'));
  record.setUrl(address);
  say.line(`Parley is at ${address}`);
}

/**
 * @param {string} name
 * @param {string} why
 */
function onRefusal(name, why) {
  say.problem(`${name} refuses to run: ${why}`);
  void end(1);
}

/**
 * Brings the store to this code's version, or learns that it is newer: then nothing may touch it.
 * @param {Parameters<typeof sharedEnv>[0]} plan
 * @param {import('./launcher/supervisor.mjs').Supervisor} supervisor
 */
async function migrate(plan, supervisor) {
  const progress = say.progress('bringing the store up to date');
  const args = [QUIET_NODE, path.join(root, 'lib', 'store', 'migrate.ts')];
  const done = await supervisor.run({ name: 'migrate', command: plan.node, args, cwd: root, env: sharedEnv(plan) });
  progress.done();
  if (!done.ok) throw new Refusal(done.tail.join('\n') || `The store could not be brought up to date (${done.how}).`);
}

/** @param {import('./launcher/supervisor.mjs').Supervisor} supervisor */
function reloadOnChange(supervisor) {
  const embedded = path.join(root, 'worker', 'model', 'embedded') + path.sep;
  watchSources([path.join(root, 'worker'), path.join(root, 'lib')], (files) => {
    const own = files.filter((file) => file.startsWith(embedded));
    const names = [...(own.length > 0 ? ['model'] : []), ...(files.length > own.length ? ['worker'] : [])];
    say.line(`${path.relative(root, files[0] ?? '')} changed: starting ${names.join(' and ')} again`);
    for (const name of names) void supervisor.restart(name);
  });
}

/**
 * @param {string} host
 * @param {number} port
 */
function originOf(host, port) {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
