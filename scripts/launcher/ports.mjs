import net from 'node:net';
import { codeOf } from './claim.mjs';
import { Refusal } from './refusal.mjs';

/** @typedef {import('./settings.mjs').PortName} PortName */
/** @typedef {import('./settings.mjs').PortWish} PortWish */

/** How far a port may move before something other than bad luck must be the reason. */
const TRIES = 100;
/** Loopback answers at once or not at all. */
const CONNECT_MS = 300;

/**
 * Finds a port for each wish and holds it until its process is about to start, so that two launchers at once do not choose the same.
 * A wish that was spelled out is met or refused; any other moves to the next free port.
 * @param {PortWish[]} wishes
 * @param {(line: string) => void} tell
 * @returns {Promise<{ portOf: (name: PortName) => number, release: (name: PortName) => Promise<void> }>}
 */
export async function reservePorts(wishes, tell) {
  /** @type {Map<PortName, { port: number, server: net.Server }>} */
  const held = new Map();
  const inOrder = [...wishes].sort((a, b) => Number(b.explicit) - Number(a.explicit));
  for (const wish of inOrder) {
    const twin = wishes.find((other) => other !== wish && other.explicit && wish.explicit && other.port === wish.port);
    if (twin)
      throw new Refusal(`${wish.variable} and ${twin.variable} are both ${wish.port}: each needs a port of its own.`);
    const server = await hold(wish.port, wish.host);
    if (typeof server !== 'string') held.set(wish.name, { port: wish.port, server });
    else if (wish.explicit)
      throw new Refusal(
        `Port ${wish.port} (${wish.variable}) is ${server}. Free it, or set ${wish.variable} to another port.`,
      );
    else held.set(wish.name, await holdNext(wish, tell));
  }

  /** @param {PortName} name */
  function heldFor(name) {
    const entry = held.get(name);
    if (!entry) throw new Error(`no port was reserved for ${name}`);
    return entry;
  }
  return {
    portOf: (name) => heldFor(name).port,
    release: (name) => new Promise((resolve) => heldFor(name).server.close(() => resolve())),
  };
}

/**
 * @param {PortWish} wish
 * @param {(line: string) => void} tell
 */
async function holdNext(wish, tell) {
  for (let port = wish.port + 1; port <= Math.min(wish.port + TRIES, 65_535); port++) {
    const server = await hold(port, wish.host);
    if (typeof server === 'string') continue;
    tell(`Port ${wish.port} is taken: the ${NAMES[wish.name]} uses ${port}.`);
    return { port, server };
  }
  throw new Refusal(`Port ${wish.port} and the ${TRIES} after it are taken. Set ${wish.variable} to a free one.`);
}

/** @type {Record<PortName, string>} */
const NAMES = {
  web: 'page',
  gateway: 'gateway',
  temporal: 'Temporal server',
  temporalUi: "Temporal server's own page",
  model: 'embedded model',
};

/**
 * Listens on the port, or says in a word why not. Asking first catches what listening alone does not: a process on the other
 * loopback family, to which a browser that is sent to `localhost` might go, and on macOS one that listens on every address.
 * @param {number} port
 * @param {string} host
 * @returns {Promise<net.Server | string>}
 */
async function hold(port, host) {
  const answers = await Promise.all(
    [...new Set(['127.0.0.1', '::1', host])].map((address) => isAnswered(port, address)),
  );
  if (answers.includes(true)) return 'taken';
  return new Promise((resolve) => {
    const server = net.createServer((socket) => socket.destroy());
    server.once('error', (error) => {
      const code = codeOf(error);
      resolve(code === 'EADDRINUSE' ? 'taken' : `not to be had (${code ?? error.message})`);
    });
    server.listen({ port, host, exclusive: true }, () => resolve(server));
  });
}

/**
 * @param {number} port
 * @param {string} host
 * @returns {Promise<boolean>}
 */
export function isAnswered(port, host) {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host });
    /** @param {boolean} answered */
    const settle = (answered) => {
      socket.destroy();
      resolve(answered);
    };
    socket.setTimeout(CONNECT_MS, () => settle(false));
    socket.once('connect', () => settle(true));
    // Refused, or this machine has no such address family.
    socket.once('error', () => settle(false));
  });
}
