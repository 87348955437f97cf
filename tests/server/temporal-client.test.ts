import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createTemporalClient } from '#lib/temporal/client.ts';
import { freePort } from '#tests/support/web.ts';

const ended: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0)) await end();
});

function clientAt(address: string) {
  const client = createTemporalClient({
    TEMPORAL_ADDRESS: address,
    TEMPORAL_PORT: 1,
    TEMPORAL_NAMESPACE: 'default',
    TEMPORAL_TASK_QUEUE: 'parley',
  });
  ended.push(() => client.close());
  return client;
}

/** Takes connections and says nothing. */
async function silentServer(): Promise<number> {
  const server = createServer((socket) => ended.push(() => socket.destroy())).listen(0, '127.0.0.1');
  ended.push(() => server.close());
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** What a call without a deadline of its own takes; that it has one is all that is asked of a shared machine. */
const UNBOUNDED_MS = 9_000;

test.each([
  ['is away', freePort],
  ['is silent', silentServer],
])('[OB1] a call has an end of its own when Temporal %s, the first as the next', async (_, port) => {
  const client = clientAt(`127.0.0.1:${await port()}`);
  for (const turnId of ['first', 'next']) {
    const begun = performance.now();
    const told = await Promise.allSettled([
      client.requestTurn('conversation', { turnId, ended: [] }),
      client.requestStop('conversation', { turnId }),
      client.terminate('conversation', 'a test'),
    ]);
    expect(performance.now() - begun).toBeLessThan(UNBOUNDED_MS);
    expect(told.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  }
});

test('[API5] a look at a Temporal that is away or silent has an end of its own', async () => {
  for (const port of [await freePort(), await silentServer()]) {
    const begun = performance.now();
    expect(await clientAt(`127.0.0.1:${port}`).isReachable()).toBe(false);
    expect(performance.now() - begun).toBeLessThan(UNBOUNDED_MS);
  }
});
