import { once } from 'node:events';
import { io, type Socket } from 'socket.io-client';
import type { Subscribe } from '#lib/protocol/command.ts';
import type { ClientToServer, ConversationAnswer, Refusal, ServerToClient } from '#lib/protocol/message.ts';
import { emptyView, reduce, type View, type ViewMessage } from '#lib/protocol/reduce.ts';
import { partsOf, textOf } from '#lib/protocol/reply.ts';
import { until } from './until.ts';

type Told = 'turnsChanged' | 'eventsAppended' | 'tipReached';
const TOLD: Told[] = ['turnsChanged', 'eventsAppended', 'tipReached'];

export type ViewerOptions = {
  port: number;
  conversationId: string;
  /** Messages that get lost on the way. */
  loses?: (event: Told) => boolean;
};

/** A page without its page: a real socket, and the reducer that the browser has. */
export type Viewer = {
  view(): View;
  /** A turn's text as this viewer would draw it. */
  textOf(turnId: string): string;
  /** Its subscribes, each with its answer; and all that was told. */
  asked: { subscribe: Subscribe; answer: ConversationAnswer }[];
  told: { event: Told; message: Parameters<ServerToClient[Told]>[0] }[];
  until<Found>(look: () => Found, timeoutMs?: number): ReturnType<typeof until<Found>>;
  /** Reads nothing more from its socket, which stays open; and reads again. */
  pause(): void;
  resume(): void;
  disconnect(): void;
  connect(): void;
  close(): void;
};

export async function openViewer({ port, conversationId, loses = () => false }: ViewerOptions): Promise<Viewer> {
  const socket: Socket<ServerToClient, ClientToServer> = io(`http://127.0.0.1:${port}`, {
    transports: ['websocket'],
    forceNew: true,
    reconnectionDelay: 50,
    reconnectionDelayMax: 200,
  });
  let view = emptyView(conversationId);
  const asked: Viewer['asked'] = [];
  const told: Viewer['told'] = [];

  function take(message: ViewMessage): void {
    const { view: next, ask } = reduce(view, message);
    view = next;
    if (!ask) return;
    socket.emit('subscribe', ask.subscribe, (answer) => {
      if (!isSnapshot(answer)) throw new Error(`No snapshot: ${JSON.stringify(answer)}`);
      asked.push({ subscribe: ask.subscribe, answer });
      take({ type: 'answered', n: ask.n, answer });
    });
  }
  socket.on('connect', () => take({ type: 'connected' }));
  socket.on('disconnect', () => take({ type: 'disconnected' }));
  for (const event of TOLD) {
    socket.on(event, (message: Parameters<ServerToClient[Told]>[0]) => {
      if (loses(event)) return;
      told.push({ event, message });
      take({ type: event, message } as ViewMessage);
    });
  }
  await once(socket as unknown as NodeJS.EventEmitter, 'connect');
  await until(() => asked.length > 0 && view.asking === null);

  // What a page cannot do, a reader that is too slow does: the `ws` socket below Socket.IO's stops reading.
  const raw = () => (socket.io.engine.transport as unknown as { ws: { pause(): void; resume(): void } }).ws;
  return {
    view: () => view,
    textOf: (turnId) =>
      view.live?.turnId === turnId ? textOf(partsOf(view.live.reply, 'open')) : (view.turns.get(turnId)?.reply ?? ''),
    asked,
    told,
    until: (look, timeoutMs = 10_000) =>
      until(look, { timeoutMs, seen: () => ({ rev: view.rev, seq: view.live?.reply.seq, asking: view.asking }) }),
    pause: () => raw().pause(),
    resume: () => raw().resume(),
    disconnect: () => void socket.disconnect(),
    connect: () => void socket.connect(),
    close() {
      // One that does not read would not see the other side close.
      if (socket.connected) raw().resume();
      socket.disconnect();
    },
  };
}

const isSnapshot = (answer: object | Refusal): answer is ConversationAnswer => 'conversation' in answer;
