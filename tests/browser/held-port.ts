import { createServer, type Server } from 'node:net';
import { until } from '#tests/support/until.ts';
import type { LaunchedApp } from './launched-app.ts';

/** Takes a port as soon as it is free, and answers nobody on it. Gives it back when the returned function is called. */
export async function holdPort(port: number): Promise<() => Promise<void>> {
  const server = await until(() => listenAt(port));
  return () => new Promise((resolve) => server.close(() => resolve()));
}

/** The part can come back only after the returned function was called. */
export async function killAndHoldItsPort(app: LaunchedApp, part: 'web' | 'temporal'): Promise<() => Promise<void>> {
  const held = holdPort(app.portOf(part));
  await app.kill(part);
  return held;
}

/** A server that answers nobody; null while another one has the port. */
function listenAt(port: number): Promise<Server | null> {
  const server = createServer((socket) => socket.destroy());
  const { promise, resolve } = Promise.withResolvers<Server | null>();
  server.once('error', () => resolve(null)).listen(port, '127.0.0.1', () => resolve(server));
  return promise;
}
