import { BlockList, isIP } from 'node:net';
import path from 'node:path';
import { Refusal } from './refusal.mjs';

/** @typedef {Record<string, string | undefined>} Env */
/** @typedef {'web' | 'gateway' | 'temporal' | 'temporalUi' | 'model'} PortName */
/** @typedef {{ name: PortName, variable: string, host: string, port: number, explicit: boolean }} PortWish */
/**
 * @typedef {object} Settings
 * @property {string} root the project's folder
 * @property {boolean} dev
 * @property {string} host a loopback address
 * @property {string} dataDir absolute
 * @property {string} cacheDir absolute
 * @property {string | undefined} temporalAddress undefined: the launcher starts a server of its own
 * @property {string} temporalNamespace
 * @property {PortWish[]} ports
 */

/** What only this launcher's own children talk to stays here whatever HOST says. */
export const LOOPBACK = '127.0.0.1';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/**
 * Reads what the person asked for, once. An empty variable counts as unset.
 * @param {{ env: Env, root: string, dev: boolean }} asked
 * @returns {Settings}
 */
export function readSettings({ env, root, dev }) {
  const host = readHost(env.HOST || LOOPBACK);
  const temporal = wish(env, LOOPBACK, 'temporal', 'TEMPORAL_PORT', 7233);
  const temporalUi = wish(env, LOOPBACK, 'temporalUi', 'TEMPORAL_UI_PORT', Math.min(temporal.port + 1000, 65_535));
  const temporalAddress = env.TEMPORAL_ADDRESS || undefined;
  return {
    root,
    dev,
    host,
    dataDir: path.resolve(root, env.DATA_DIR || '.data'),
    cacheDir: path.resolve(root, env.CACHE_DIR || '.cache'),
    temporalAddress,
    temporalNamespace: env.TEMPORAL_NAMESPACE || 'default',
    ports: [
      wish(env, host, 'web', 'PORT', 3000),
      wish(env, host, 'gateway', 'GATEWAY_PORT', 3001),
      ...(temporalAddress === undefined ? [temporal, temporalUi] : []),
      wish(env, LOOPBACK, 'model', 'EMBEDDED_MODEL_PORT', 4891),
    ],
  };
}

/**
 * @param {Env} env
 * @param {string} host
 * @param {PortName} name
 * @param {string} variable
 * @param {number} usual
 * @returns {PortWish}
 */
function wish(env, host, name, variable, usual) {
  const text = env[variable];
  if (!text) return { name, variable, host, port: usual, explicit: false };
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535)
    throw new Refusal(`${variable} is "${text}": it must be a whole number from 1 to 65535.`);
  return { name, variable, host, port, explicit: true };
}

/**
 * `localhost` becomes an address, so that web and gateway cannot come to listen on different ones.
 * @param {string} text
 */
function readHost(text) {
  const host = text === 'localhost' ? LOOPBACK : text.replace(/^\[(.*)\]$/, '$1');
  const family = isIP(host);
  if (family !== 0 && loopback.check(host, family === 6 ? 'ipv6' : 'ipv4')) return host;
  throw new Refusal(
    `HOST is "${text}": Parley has no sign-in yet, so it listens on this computer only (127.0.0.1). ` +
      'To reach it from elsewhere put a proxy that signs people in before it, and name its addresses in PUBLIC_URL and GATEWAY_PUBLIC_URL.',
  );
}
