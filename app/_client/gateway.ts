import { io, type Socket } from 'socket.io-client';
import type { Subscribe } from '#lib/protocol/command.ts';
import type { ClientToServer, ConversationAnswer, ListAnswer, Refusal, ServerToClient } from '#lib/protocol/message.ts';
import { createCell, type Watched } from './cell.ts';
import { pauseUntilOnline } from './pause.ts';

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
/** Pauses between two looks for a gateway that is away: short ones for as long as a worker takes to start. */
const LOOK_MS = 100;
const QUICK_LOOKS = 100;
const SLOW_LOOK_MS = 1_000;

/** `url` is the gateway's origin, known at run time. Nothing connects before `start`. */
export function createGateway(url: string): Gateway {
  const socket: Socket<ServerToClient, ClientToServer> = io(url, {
    autoConnect: false,
    transports: ['websocket'],
    reconnection: false, // by `seek`
    timeout: CONNECT_MS,
  });
  const link = createCell<Link>('connecting');
  /** From a start to its end. */
  let run: object | null = null;
  /** Tries in a row that came to nothing, though the gateway answers. */
  let failures = 0;
  socket.on('connect', () => {
    failures = 0;
    link.set('connected');
  });
  socket.on('disconnect', () => {
    link.set('disconnected');
    void seek();
  });
  socket.on('connect_error', () => {
    link.set('disconnected');
    failures++;
    void seek();
  });

  /** Each end is followed by one search, and each search by one try [VIEW9]. */
  async function seek(): Promise<void> {
    const seeking = run;
    if (seeking === null) return;
    let looks = 0;
    do {
      const isQuick = failures < 3 && looks++ < QUICK_LOOKS;
      await pauseUntilOnline(isQuick ? LOOK_MS : SLOW_LOOK_MS);
      if (run !== seeking) return;
    } while (!(await isThere(url)));
    if (run === seeking) socket.connect();
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
      run = {};
      socket.connect();
      // The network has gone, or is another one: the socket over the old one may look alive for seconds.
      const renew = () => {
        if (socket.connected) socket.io.engine?.close();
      };
      window.addEventListener('offline', renew);
      window.addEventListener('online', renew);
      return () => {
        run = null;
        window.removeEventListener('offline', renew);
        window.removeEventListener('online', renew);
        socket.disconnect();
      };
    },
  };
}

/** Any answer will do, with the cookies of a proxy that signs in; what it says is not read, so CORS is not asked. */
async function isThere(url: string): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(CONNECT_MS);
    await fetch(url, { mode: 'no-cors', credentials: 'include', cache: 'no-store', signal });
    return true;
  } catch {
    return false; // nobody listens, the network is away, or no answer came in time
  }
}
