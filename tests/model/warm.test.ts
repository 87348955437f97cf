import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { warmFetch } from '#worker/model/warm.ts';

/** Node's own `fetch` has closed an idle connection by then. */
const READING_MS = 5_500;

/** A provider that says which of its connections a call came by. */
async function startProvider(options: { keepAliveTimeout: number }): Promise<string> {
  let connections = 0;
  const numbers = new WeakMap<object, number>();
  const server = createServer(options, (request, response) => response.end(String(numbers.get(request.socket))));
  server.on('connection', (socket) => numbers.set(socket, ++connections));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const connectionOf = async (url: string) => Number(await (await warmFetch(url, { method: 'POST' })).text());

test.concurrent('[MOD7] a turn that follows within a minute goes by the same connection to the provider', async () => {
  const url = await startProvider({ keepAliveTimeout: 0 });
  expect(await connectionOf(url)).toBe(1);
  await pause(READING_MS);
  expect(await connectionOf(url)).toBe(1);
});

test.concurrent('[MOD7] a provider that keeps connections for a shorter time is heeded: its end meets no call', async () => {
  const url = await startProvider({ keepAliveTimeout: 2_000 });
  expect(await connectionOf(url)).toBe(1);
  await pause(READING_MS);
  expect(await connectionOf(url)).toBe(2);
});
