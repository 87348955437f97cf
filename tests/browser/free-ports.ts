import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the ports that systems give to outgoing connections: one of those could take the port of a process that was
 * killed, just as it is started again.
 */
const FIRST = 20_000;
const LAST = 31_999;

/** As many ports as asked for, all free a moment ago and all different. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  for (let port = FIRST + Math.floor(Math.random() * (LAST - FIRST - 100)); ports.length < count; port++) {
    if (port > LAST) throw new Error(`There are no ${count} free ports up to ${LAST}.`);
    if (await isFree(port)) ports.push(port);
  }
  return ports;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
  } catch {
    // EADDRINUSE: somebody listens there.
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
