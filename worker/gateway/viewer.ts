import type { Server, Socket } from 'socket.io';
import type { ClientToServer, ServerToClient } from '#lib/protocol/message.ts';

export type GatewaySocket = Socket<ClientToServer, ServerToClient>;
export type GatewayServer = Server<ClientToServer, ServerToClient>;

/** A socket that holds more than this unsent is slow: nothing more is queued for it [GW4]. */
export const UNSENT_MAX_BYTES = 64 * 1024;

/** One browser page. Messages to a slow one are left out; the tip it gets once drained makes it ask for what it missed. */
export type Viewer = {
  send: <E extends keyof ServerToClient>(event: E, ...message: Parameters<ServerToClient[E]>) => void;
};

export function createViewer(socket: GatewaySocket, onDrained: () => void): Viewer {
  let isLagging = false;
  const { transport } = wireOf(socket);
  // The transport's own word: Engine.IO's `drain` only says that packets were handed to it.
  transport.on('ready', () => {
    if (!isLagging) return;
    isLagging = false; // unless more waits behind it: `send` looks again
    onDrained();
  });
  return {
    send(event, ...message) {
      isLagging ||= unsentBytes(socket) > UNSENT_MAX_BYTES;
      if (!isLagging) socket.emit(event, ...message);
    },
  };
}

/** What Engine.IO types as private: its queue of packets, and the `ws` socket of its only transport. */
type Wire = {
  writeBuffer: { data?: string }[];
  transport: { socket: { bufferedAmount: number }; on: (event: 'ready', listener: () => void) => void };
};

const wireOf = ({ conn }: GatewaySocket) => conn as unknown as Wire;

/** Queued here, or handed to the system and not taken yet; a character counts as a byte. */
export function unsentBytes(socket: GatewaySocket): number {
  const { writeBuffer, transport } = wireOf(socket);
  return writeBuffer.reduce((sum, { data }) => sum + (data?.length ?? 0), transport.socket.bufferedAmount);
}
