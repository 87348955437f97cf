import { createServer, type AddressInfo, type Server } from 'node:net';

/** Listens on a port of its own choosing, or on the given one. */
export function listen(port = 0, host = '127.0.0.1'): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.end());
    server.once('error', reject).listen(port, host, () => resolve(server));
  });
}

export const portOf = (server: Server) => (server.address() as AddressInfo).port;

export const close = (server: Server) => new Promise<void>((resolve) => server.close(() => resolve()));

/** As many ports as asked for, all free a moment ago and all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listen()));
  const ports = servers.map(portOf);
  await Promise.all(servers.map(close));
  return ports;
}
