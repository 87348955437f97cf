import { createServer, type Server } from 'node:net';
import { v7 } from 'uuid';
import type { Health } from '#lib/protocol/message.ts';
import { until } from '#tests/support/until.ts';
import { clickedAt, closedCall } from '../acts.ts';
import { sendTurn } from '../api.ts';
import type { Family } from '../measure.ts';
import { grownTo, hasStatus, record } from '../recorder.ts';

/** Stop in turns that run while Temporal is away: all begun before it is killed, for none begins after. */
export const stopAway: Family = {
  name: 'stop with Temporal away',
  rounds: { full: 100, quick: 6 },
  when: 'disturbing',
  async prepare({ tab, app, endpoint, say, quick }) {
    const running: { conversationId: string; prompt: string }[] = [];
    for (let turn = 0; turn < this.rounds[quick ? 'quick' : 'full']; turn++) {
      const [conversationId, prompt] = [v7(), say('endless rate=4')];
      await sendTurn(app, conversationId, prompt);
      running.push({ conversationId, prompt });
    }
    await endpoint.until(
      (calls) => running.every(({ prompt }) => calls.some((call) => call.prompt === prompt)),
      60_000,
    );
    const back = await killTemporal();
    const took: number[] = [];

    /** It can come back only after what this answers was called. */
    async function killTemporal(): Promise<() => Promise<void>> {
      const held = until(() => listenAt(app.portOf('temporal')));
      await app.kill('temporal');
      const server = await held;
      return () => new Promise((resolve) => server.close(() => resolve()));
    }

    return {
      async sample() {
        const { conversationId, prompt } = running.pop()!;
        await tab.open(conversationId);
        await record(tab.page, prompt);
        await grownTo(tab.page, 1);
        await tab.button('Stop').click();
        took.push((await closedCall(endpoint, prompt)).closedAt! - (await clickedAt(tab.page)));
        await hasStatus(tab.page, 'stopped');
      },
      lines: () => [
        {
          what: 'Stop with Temporal away: click → provider’s socket closed',
          unit: 'ms',
          budget: [
            { at: 'p50', most: 20 },
            { at: 'p99', most: 120 },
          ],
          samples: took,
        },
      ],
      async close() {
        await back();
        // The launcher's pauses between its starts have grown to half a minute: what follows would be without it as well.
        await until(() => isThere(app.url), { timeoutMs: 60_000, seen: app.output });
      },
    };
  },
};

async function isThere(url: string): Promise<boolean> {
  const health = (await (await fetch(`${url}/api/health`)).json()) as Health;
  return health.temporal.state === 'ok';
}

/** A server that answers nobody; null while another one has the port. */
function listenAt(port: number): Promise<Server | null> {
  const server = createServer((socket) => socket.destroy());
  const { promise, resolve } = Promise.withResolvers<Server | null>();
  server.once('error', () => resolve(null)).listen(port, '127.0.0.1', () => resolve(server));
  return promise;
}
