import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { Server } from 'socket.io';
import { expect, onTestFinished, test } from 'vitest';
import type { EventsAppended } from '#lib/protocol/message.ts';
import { openSlowLink } from '#tests/support/slow-link.ts';
import { until } from '#tests/support/until.ts';
import { createViewer, UNSENT_MAX_BYTES, unsentBytes, type GatewaySocket } from '#worker/gateway/viewer.ts';
import { io } from 'socket.io-client';

/** What the system takes by itself for a connection whose other end does not read is a few megabytes at most. */
const SENT_BYTES = 40_000_000;
/** Around each message on the wire. */
const ENVELOPE_BYTES = 1_024;

for (const size of [500, 30_000]) {
  for (const [who, bytesPerSecond] of [
    ['takes 2 KB a second', 2_000],
    ['is stopped by SIGSTOP', null],
  ] as const) {
    test(`[GW4] of a viewer that ${who} no more is unsent than the limit and one message of ${size} characters`, async () => {
      const http = createServer();
      const server = new Server(http, { transports: ['websocket'], perMessageDeflate: false });
      const connected = once(server as unknown as NodeJS.EventEmitter, 'connection');
      http.listen(0, '127.0.0.1');
      await once(http, 'listening');
      const link = await openSlowLink((http.address() as AddressInfo).port);
      const client = io(`http://127.0.0.1:${link.port}`, { transports: ['websocket'], reconnection: false });
      onTestFinished(async () => {
        client.disconnect();
        await link.close();
        await server.close();
      });
      const [socket] = (await connected) as [GatewaySocket];
      if (bytesPerSecond === null) process.kill(link.pid, 'SIGSTOP');
      else await link.setRate(bytesPerSecond);

      let isDrained = false;
      const viewer = createViewer(socket, () => (isDrained = true));
      const message: EventsAppended = {
        conversationId: 'c',
        turnId: 't',
        from: 1,
        to: 1,
        events: [{ step: 0, chunk: { type: 'text-delta', id: '0', delta: '.'.repeat(size) } }],
      };
      let most = 0;
      for (let sent = 0; sent < SENT_BYTES; sent += size) {
        viewer.send('eventsAppended', message);
        most = Math.max(most, unsentBytes(socket));
        if (sent % (size * 50) === 0) await setImmediate(); // the system takes what it takes
      }
      expect(most).toBeGreaterThan(UNSENT_MAX_BYTES);
      expect(most).toBeLessThan(UNSENT_MAX_BYTES + size + ENVELOPE_BYTES);
      isDrained = false; // it was at first, while the system still took what came
      if (bytesPerSecond === null) process.kill(link.pid, 'SIGCONT');
      else await link.setRate(null);
      await until(() => isDrained && unsentBytes(socket) === 0);
    });
  }
}
