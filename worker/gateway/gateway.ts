import { createServer, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import { Server } from 'socket.io';
import { Subscribe } from '#lib/protocol/command.ts';
import type { Refusal } from '#lib/protocol/message.ts';
import type { Snapshots } from '#lib/store/snapshots.ts';
import type { Feed } from '../stream/feed.ts';
import { createPump, type Channels } from './pump.ts';
import { createViewer, type GatewayServer, type GatewaySocket } from './viewer.ts';
import { watch } from './watching.ts';

/** The one upward message is small; anything larger is not ours. */
const MESSAGE_MAX_BYTES = 4 * 1024;
/** A connection that died without a word is noticed by both ends within the sum of these. */
const PING_MS = 4_000;
const PING_ANSWER_MS = 4_000;
/** For the closing handshakes, when the gateway ends. */
const GOODBYE_MS = 250;

export type GatewayOptions = {
  snapshots: Snapshots;
  feed: Feed;
  log: Logger;
  host: string;
  port: number;
  /** Decides by Origin and Host; Socket.IO's own `cors` does not bind WebSockets [SEC2]. */
  isAllowed: (request: IncomingMessage) => boolean;
  /** What the web process asks the worker for, by path. */
  reads: Record<string, () => Promise<object>>;
};

export type Gateway = { port: number; close: () => Promise<void> };

/** The live side of the app: events come down by this socket only, commands go up by HTTP only. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { log } = options;
  const isAllowed = (request: IncomingMessage) => {
    if (options.isAllowed(request)) return true;
    const { host, origin } = request.headers;
    log.info({ host, origin }, 'refused: not asked by a page of ours, under a name of ours; the socket stays closed');
    return false;
  };
  const http = createServer((request, response) => {
    // Here a page looks for the gateway [VIEW9]; an error would stand in its console.
    if (request.url === '/') {
      response.writeHead(204).end();
      return;
    }
    const read = request.method === 'GET' ? options.reads[request.url ?? ''] : undefined;
    Promise.resolve(read && isAllowed(request) ? read() : null).then(
      (body) => {
        response.writeHead(body ? 200 : 404, { 'content-type': 'application/json', 'cache-control': 'no-store' });
        response.end(JSON.stringify(body ?? { error: { code: 'not_found', message: 'There is nothing here.' } }));
      },
      (error: unknown) => {
        log.error({ err: error, path: request.url }, 'the worker could not answer the web process; it is asked again');
        response.writeHead(500, { 'content-type': 'application/json' });
        response.end(JSON.stringify(refusal('internal', 'The worker has no answer now.')));
      },
    );
  });
  const io: GatewayServer = new Server(http, {
    transports: ['websocket'],
    serveClient: false,
    perMessageDeflate: false, // 240 KiB a socket
    maxHttpBufferSize: MESSAGE_MAX_BYTES,
    pingInterval: PING_MS,
    pingTimeout: PING_ANSWER_MS,
    allowRequest: (request, decide) => decide(null, isAllowed(request)),
  });
  const channels: Channels = { conversations: new Map(), list: { viewers: new Set(), rev: null } };
  const pump = createPump({ ...options, channels });
  io.on('connection', (socket) => serve(socket, options, channels, pump.wake));
  const sockets = new Set<Socket>();
  http.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  http.listen(options.port, options.host);
  await once(http, 'listening');
  const address = http.address();
  return {
    port: typeof address === 'object' && address ? address.port : options.port,
    async close() {
      pump.close();
      // A viewer that does not read answers no goodbye, and would be waited for half a minute.
      const late = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, GOODBYE_MS);
      await io.close();
      clearTimeout(late);
    },
  };
}

/** One socket: its one upward message, and its end. */
function serve(socket: GatewaySocket, { snapshots, log }: GatewayOptions, channels: Channels, wake: () => void): void {
  const viewer = createViewer(socket, () => watching.tip());
  const watching = watch({ viewer, snapshots, channels, wake });
  socket.on('subscribe', (message, answer) => {
    if (typeof answer !== 'function') return; // nobody to tell
    const parsed = Subscribe.safeParse(message);
    if (!parsed.success) {
      log.info({ code: 'bad_subscribe' }, 'refused: a message that is no subscribe; the socket stays open');
      return answer(refusal('bad_subscribe', 'This is no subscribe message.'));
    }
    watching.answerTo(parsed.data).then(answer, (error: unknown) => {
      log.error({ error: String(error) }, 'a subscribe could not be answered; the viewer asks again');
      answer(refusal('store_unavailable', 'The store does not answer now.'));
    });
  });
  socket.on('disconnect', () => watching.end());
}

const refusal = (code: string, message: string): Refusal => ({ error: { code, message } });
