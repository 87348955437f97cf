import type { Server, Socket } from 'socket.io';
import type { ClientToServer, ServerToClient } from '#lib/protocol/message.ts';

export type GatewaySocket = Socket<ClientToServer, ServerToClient>;
export type GatewayServer = Server<ClientToServer, ServerToClient>;

/** A socket that holds more than this unsent is slow: nothing more is queued for it [GW4]. */
const BUFFER_MAX_BYTES = 64 * 1024;
const BUFFER_MAX_PACKETS = 64;

/** One browser page. Messages to a slow one are left out; the tip it gets once drained makes it ask for what it missed. */
export type Viewer = {
  send: <E extends keyof ServerToClient>(event: E, ...message: Parameters<ServerToClient[E]>) => void;
};

export function createViewer(socket: GatewaySocket, onDrained: () => void): Viewer {
  let isLagging = false;
  socket.conn.on('drain', () => {
    if (!isLagging || isFull(socket)) return;
    isLagging = false;
    onDrained();
  });
  return {
    send(event, ...message) {
      isLagging ||= isFull(socket);
      if (!isLagging) socket.emit(event, ...message);
    },
  };
}

function isFull({ conn }: GatewaySocket): boolean {
  // Engine.IO types neither: its queue of packets, and the `ws` socket of a WebSocket transport (polling is not offered).
  const { writeBuffer, transport } = conn as unknown as {
    writeBuffer: unknown[];
    transport: { socket?: { bufferedAmount: number } };
  };
  return writeBuffer.length > BUFFER_MAX_PACKETS || (transport.socket?.bufferedAmount ?? 0) > BUFFER_MAX_BYTES;
}
