import { once } from 'node:events';
import { io, type Socket } from 'socket.io-client';
import type { ClientToServer, ServerToClient } from '#lib/protocol/message.ts';

type Wire = { bytesRead: number };

/** A viewer as cheap as can be: it subscribes and forgets what it is told. */
export type RawViewer = { bytesRead: () => number; pause: () => void; close: () => void };

export async function openRawViewer(gatewayUrl: string, conversationId: string): Promise<RawViewer> {
  const socket: Socket<ServerToClient, ClientToServer> = io(gatewayUrl, {
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
  });
  await once(socket as unknown as NodeJS.EventEmitter, 'connect');
  // Below Socket.IO stands `ws`, and below that the TCP socket, which counts.
  const { ws } = socket.io.engine.transport as unknown as {
    ws: { _socket: Wire; pause: () => void; resume: () => void };
  };
  await socket.emitWithAck('subscribe', { conversationId, sinceRev: 0 });
  await socket.emitWithAck('subscribe', { list: true, sinceRev: 0 });
  return {
    // oxlint-disable-next-line no-underscore-dangle -- `ws` shows its TCP socket under no other name
    bytesRead: () => ws._socket.bytesRead,
    pause: () => ws.pause(),
    close() {
      if (socket.connected) ws.resume(); // or it would not see the other side close
      socket.disconnect();
    },
  };
}
