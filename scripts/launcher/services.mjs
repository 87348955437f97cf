import path from 'node:path';
import { workflowBundle } from './build.mjs';
import { LOOPBACK } from './settings.mjs';
import { temporalArguments } from './temporal.mjs';

/** @typedef {import('./settings.mjs').Env} Env */
/** @typedef {import('./supervisor.mjs').ServiceSpec} ServiceSpec */
/**
 * @typedef {object} Plan what has been found and chosen, from which every process gets its command and its environment
 * @property {Env} env the launcher's own
 * @property {import('./settings.mjs').Settings} settings
 * @property {(name: import('./settings.mjs').PortName) => number} portOf
 * @property {string} node
 * @property {import('./model.mjs').ModelChoice} model
 * @property {string | undefined} temporal the binary, when the server is ours
 */

/** The end comes in this order: each before what it needs. The graces add up to less than 10 s. */
export const ENDING = ['worker', 'web', 'model', 'temporal'];
/** `node:sqlite` says at each start that it is young. */
export const QUIET_NODE = '--disable-warning=ExperimentalWarning';
/**
 * A nursery of V8's grows to three times 16 MB, and malloc keeps an arena for each thread. With less of both web and
 * worker take 60 MB less after a chat, a worker with 16 quick streams 100 MB, and it is no slower (measured; with 2 MB
 * it is by 15 %).
 */
const SMALL_NURSERY = '--max-semi-space-size=4';
const FEW_ARENAS = { MALLOC_ARENA_MAX: '2' };

/** @param {{ root: string }} settings */
export function workerArguments({ root }) {
  return [QUIET_NODE, SMALL_NURSERY, path.join(root, 'worker', 'main.ts')];
}

/** @param {{ root: string, dev: boolean, host: string, port: number }} settings */
export function webArguments({ root, dev, host, port }) {
  const next = path.join(root, 'node_modules', 'next', 'dist', 'bin', 'next');
  return [QUIET_NODE, SMALL_NURSERY, next, dev ? 'dev' : 'start', '-H', host, '-p', String(port)];
}

/** @param {Plan} plan @returns {ServiceSpec} */
export function workerService(plan) {
  const { settings, node, env, model } = plan;
  return {
    name: 'worker',
    command: node,
    args: workerArguments(settings),
    cwd: settings.root,
    env: {
      ...sharedEnv(plan),
      ...FEW_ARENAS,
      ...(settings.dev ? {} : { WORKFLOW_BUNDLE: workflowBundle(settings.root) }),
      ...(env.OPENAI_API_KEY ? { OPENAI_API_KEY: env.OPENAI_API_KEY } : {}),
      ...model.env,
    },
    graceMs: 5_000,
  };
}

/** @param {Plan} plan @returns {ServiceSpec} */
export function webService(plan) {
  const { settings, portOf, node, model } = plan;
  return {
    name: 'web',
    command: node,
    args: webArguments({ ...settings, port: portOf('web') }),
    cwd: settings.root,
    env: {
      ...sharedEnv(plan),
      ...FEW_ARENAS,
      ...model.env,
      ...(plan.temporal ? { TEMPORAL_UI_URL: `http://${LOOPBACK}:${portOf('temporalUi')}` } : {}),
    },
    graceMs: 1_500,
  };
}

/** @param {Plan} plan @returns {ServiceSpec} */
export function modelService(plan) {
  const { settings, portOf, node } = plan;
  return {
    name: 'model',
    command: node,
    args: [QUIET_NODE, '--max-semi-space-size=2', path.join(settings.root, 'worker', 'model', 'embedded', 'main.ts')],
    cwd: settings.root,
    env: { ...sharedEnv(plan), EMBEDDED_MODEL_PORT: String(portOf('model')), ...FEW_ARENAS },
    graceMs: 1_000,
  };
}

/** @param {Plan & { temporal: string }} plan @returns {ServiceSpec} */
export function temporalService(plan) {
  const { settings, portOf, env, temporal } = plan;
  return {
    name: 'temporal',
    command: temporal,
    args: temporalArguments({
      ip: LOOPBACK,
      port: portOf('temporal'),
      uiPort: portOf('temporalUi'),
      file: path.join(settings.dataDir, 'temporal.db'),
      namespace: settings.temporalNamespace,
    }),
    cwd: settings.root,
    env: withoutTemporal(withoutKeys(env)),
    graceMs: 1_500,
    // It warns of much that is no trouble, at each start and end.
    quiet: true,
  };
}

/**
 * The environment that worker, web and the migration share.
 * @param {Omit<Plan, 'model' | 'temporal'> & { model?: Plan['model'] }} plan
 * @returns {Env}
 */
export function sharedEnv({ env, settings, portOf, model }) {
  const own = settings.temporalAddress === undefined;
  return {
    ...(own ? withoutTemporal(withoutKeys(env)) : withoutKeys(env)),
    NODE_ENV: settings.dev ? 'development' : 'production',
    NEXT_TELEMETRY_DISABLED: '1',
    HOST: settings.host,
    PORT: String(portOf('web')),
    GATEWAY_PORT: String(portOf('gateway')),
    DATA_DIR: settings.dataDir,
    CACHE_DIR: settings.cacheDir,
    TEMPORAL_ADDRESS: settings.temporalAddress ?? `${LOOPBACK}:${portOf('temporal')}`,
    TEMPORAL_NAMESPACE: settings.temporalNamespace,
    ...(model?.source === 'embedded' ? { EMBEDDED_MODEL_URL: `http://${LOOPBACK}:${portOf('model')}` } : {}),
  };
}

/**
 * Only the worker talks to a provider, so only it has the key.
 * @param {Env} env
 * @returns {Env}
 */
export function withoutKeys(env) {
  const { OPENAI_API_KEY: _, ...rest } = env;
  return rest;
}

/**
 * Without what would lead a Temporal client elsewhere, or make it speak otherwise, than to a server of ours.
 * @param {Env} env
 * @returns {Env}
 */
function withoutTemporal(env) {
  const elsewhere = /^TEMPORAL_(ADDRESS|API_KEY|TLS|PROFILE|CONFIG_FILE|CODEC|GRPC_META)/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !elsewhere.test(name)));
}
