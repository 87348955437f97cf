import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createGateway } from '#app/_client/gateway.ts';
import { until } from '#tests/support/until.ts';

beforeAll(() => void vi.stubGlobal('window', new EventTarget()));
afterAll(() => void vi.unstubAllGlobals());

/** An address at which nobody answers, until `comes`; and what was asked of it. */
async function awayGateway() {
  const asked = { plainly: 0, bySocket: 0 };
  let io: Server | undefined;
  const http = createServer(({ socket }, response) => {
    asked.plainly++;
    if (io) response.writeHead(204).end();
    else socket.destroy();
  });
  http.on('upgrade', (_, socket) => {
    asked.bySocket++;
    if (!io) socket.destroy();
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    asked,
    comes: () => (io = new Server(http, { transports: ['websocket'], serveClient: false })),
    close: () => io?.close(),
  };
}

test('[VIEW9] while the gateway is away, it is looked for without a WebSocket; when it is back, one is made', async () => {
  const away = await awayGateway();
  const page = createGateway(away.url);
  const end = page.start();
  await until(() => away.asked.plainly > 3);
  // The page's first, before it knew.
  expect(away.asked.bySocket).toBe(1);
  expect(page.link.get()).toBe('disconnected');
  const io = away.comes();
  await until(() => page.link.get() === 'connected');
  expect(away.asked.bySocket).toBe(2);
  io.disconnectSockets(true);
  await until(() => away.asked.bySocket === 3 && page.link.get() === 'connected');
  end();
  await away.close();
});

test('a page that has ended looks for nobody', async () => {
  const away = await awayGateway();
  const page = createGateway(away.url);
  const end = page.start();
  await until(() => away.asked.plainly > 0);
  end();
  away.comes();
  const other = createGateway(away.url);
  const endOther = other.start();
  await until(() => other.link.get() === 'connected');
  expect(page.link.get()).toBe('disconnected');
  endOther();
  await away.close();
});
