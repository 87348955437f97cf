import { io, type Socket } from 'socket.io-client';
import type { Subscribe } from '#lib/protocol/command.ts';
import type { ClientToServer, ConversationAnswer, ListAnswer, Refusal, ServerToClient } from '#lib/protocol/message.ts';
import { createCell, type Watched } from './cell.ts';

export type Link = 'connecting' | 'connected' | 'disconnected';

/** A subscribe is answered, or the gateway could not, or (null) the connection went first: connecting again asks again. */
export type SubscribeAnswer = ConversationAnswer | ListAnswer | Refusal | null;

/** The page's one connection to the gateway. */
export type Gateway = {
  link: Watched<Link>;
  subscribe: (message: Subscribe) => Promise<SubscribeAnswer>;
  on: <E extends keyof ServerToClient>(event: E, listener: ServerToClient[E]) => () => void;
  start: () => () => void;
};

/** Longer than any answer takes, shorter than a reader's patience. */
const ANSWER_MS = 5_000;
/** An attempt to connect that gets no answer is given up; Socket.IO would wait 20 s. */
const CONNECT_MS = 2_000;
/** After a refusal, which Socket.IO does not follow with a try of its own. */
const AGAIN_MS = 1_000;

/** `url` is the gateway's origin, known at run time. Nothing connects before `start`. */
export function createGateway(url: string): Gateway {
  const socket: Socket<ServerToClient, ClientToServer> = io(url, {
    autoConnect: false,
    transports: ['websocket'],
    reconnectionDelay: 50,
    reconnectionDelayMax: 200,
    timeout: CONNECT_MS,
  });
  const link = createCell<Link>('connecting');
  socket.on('connect', () => link.set('connected'));
  socket.on('disconnect', (reason) => {
    link.set('disconnected');
    if (reason === 'io server disconnect') againLater();
  });
  socket.on('connect_error', () => {
    link.set('disconnected');
    if (!socket.active) againLater();
  });

  let isWanted = false;
  function againLater(): void {
    setTimeout(() => {
      if (isWanted && !socket.connected) socket.connect();
    }, AGAIN_MS);
  }

  return {
    link,
    async subscribe(message) {
      if (!socket.connected) return null; // it would be kept, and sent late
      try {
        return await socket.timeout(ANSWER_MS).emitWithAck('subscribe', message);
      } catch {
        // The connection went, or the gateway hangs.
        if (!socket.connected) return null;
        return { error: { code: 'unanswered', message: 'The gateway does not answer.' } };
      }
    },
    on(event, listener) {
      // A listener's type depends on its event's name, which Socket.IO's types lose when the name is a parameter.
      const untyped = socket as unknown as Record<'on' | 'off', (event: string, listener: unknown) => void>;
      untyped.on(event, listener);
      return () => untyped.off(event, listener);
    },
    start() {
      isWanted = true;
      socket.connect();
      // The network has gone, or is another one: the socket over the old one may look alive for seconds.
      const renew = () => {
        if (socket.connected) socket.io.engine?.close();
      };
      window.addEventListener('offline', renew);
      window.addEventListener('online', renew);
      return () => {
        isWanted = false;
        window.removeEventListener('offline', renew);
        window.removeEventListener('online', renew);
        socket.disconnect();
      };
    },
  };
}
