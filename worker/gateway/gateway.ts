import { createServer, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import { Server } from 'socket.io';
import { Subscribe } from '#lib/protocol/command.ts';
import type { ConversationAnswer, ListAnswer, Refusal } from '#lib/protocol/message.ts';
import type { Snapshots } from '#lib/store/snapshots.ts';
import type { Feed } from '../stream/feed.ts';
import { createChannel, sendTip } from './channel.ts';
import { createPump, type Channels } from './pump.ts';
import { createViewer, type GatewayServer, type GatewaySocket, type Viewer } from './viewer.ts';

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

/** One socket: it looks at one conversation, and perhaps at the list, at a time. */
function serve(socket: GatewaySocket, { snapshots, log }: GatewayOptions, channels: Channels, wake: () => void): void {
  let watched: string | null = null;
  const viewer = createViewer(socket, () => {
    const channel = watched === null ? undefined : channels.conversations.get(watched);
    if (channel) sendTip([viewer], channel);
    const { list } = channels;
    // Nothing new, but its revision tells the viewer whether it missed something.
    if (list.viewers.has(viewer) && list.rev !== null) {
      viewer.send('listChanged', { from: list.rev, to: list.rev, conversations: [] });
    }
  });

  async function answerTo(subscribe: Subscribe): Promise<ConversationAnswer | ListAnswer> {
    if ('list' in subscribe) {
      channels.list.viewers.add(viewer);
      const answer = await snapshots.list(subscribe.sinceRev);
      channels.list.rev ??= answer.rev;
      wake(); // what changed while it was read
      return answer;
    }
    const { conversationId, sinceRev, live } = subscribe;
    if (watched !== conversationId) {
      leave(channels, watched, viewer);
      watched = conversationId;
    }
    // Join first, then read: what happens in between is sent twice rather than never [VIEW2].
    const channel = join(channels, conversationId, viewer);
    const answer = await snapshots.conversation(conversationId, sinceRev, live);
    channel.sent ??= { rev: answer.conversation.rev, live: tipOf(answer) };
    wake();
    return answer;
  }

  socket.on('subscribe', (message, answer) => {
    if (typeof answer !== 'function') return; // nobody to tell
    const parsed = Subscribe.safeParse(message);
    if (!parsed.success) {
      log.info({ code: 'bad_subscribe' }, 'refused: a message that is no subscribe; the socket stays open');
      return answer(refusal('bad_subscribe', 'This is no subscribe message.'));
    }
    answerTo(parsed.data).then(answer, (error: unknown) => {
      log.error({ error: String(error) }, 'a subscribe could not be answered; the viewer asks again');
      answer(refusal('store_unavailable', 'The store does not answer now.'));
    });
  });
  socket.on('disconnect', () => {
    leave(channels, watched, viewer);
    watched = null;
    channels.list.viewers.delete(viewer);
    if (channels.list.viewers.size === 0) channels.list.rev = null;
  });
}

function join({ conversations }: Channels, conversationId: string, viewer: Viewer) {
  const channel = conversations.get(conversationId) ?? createChannel(conversationId);
  conversations.set(conversationId, channel);
  channel.viewers.add(viewer);
  return channel;
}

function leave({ conversations }: Channels, conversationId: string | null, viewer: Viewer): void {
  const channel = conversationId === null ? undefined : conversations.get(conversationId);
  if (!channel) return;
  channel.viewers.delete(viewer);
  if (channel.viewers.size === 0) conversations.delete(channel.conversationId);
}

function tipOf({ live }: ConversationAnswer) {
  if (!live) return null;
  return { turnId: live.turnId, seq: 'reply' in live ? live.reply.seq : live.to };
}

const refusal = (code: string, message: string): Refusal => ({ error: { code, message } });
