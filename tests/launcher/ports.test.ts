import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { isAnswered, reservePorts } from '../../scripts/launcher/ports.mjs';
import { close, freePorts, listen, portOf } from './free-ports.ts';

type Name = 'web' | 'gateway';
const wish = (name: Name, port: number, explicit: boolean, host = '127.0.0.1') => ({
  name,
  variable: name === 'web' ? 'PORT' : 'GATEWAY_PORT',
  host,
  port,
  explicit,
});

async function reserve(...wishes: ReturnType<typeof wish>[]) {
  const lines: string[] = [];
  const reserved = await reservePorts(wishes, (line: string) => lines.push(line));
  onTestFinished(() => Promise.all(wishes.map(({ name }) => reserved.release(name))).then(() => undefined));
  return { ...reserved, lines };
}

async function taken(host?: string) {
  const server = await listen(0, host);
  onTestFinished(() => close(server));
  return portOf(server);
}

test('a free port is held until it is released', async () => {
  const [port = 0] = await freePorts(1);
  const { portOf: chosen, release, lines } = await reserve(wish('web', port, true));
  expect(chosen('web')).toBe(port);
  expect(lines).toEqual([]);
  await expect(listen(port)).rejects.toThrow('EADDRINUSE');
  await release('web');
  await close(await listen(port));
});

test('a port that is taken moves to the next free one, with a line', async () => {
  const port = await taken();
  const { portOf: chosen, lines } = await reserve(wish('web', port, false));
  expect(chosen('web')).toBeGreaterThan(port);
  expect(lines).toEqual([`Port ${port} is taken: the page uses ${chosen('web')}.`]);
});

test('one that was spelled out is refused', async () => {
  const port = await taken();
  await expect(reserve(wish('web', port, true))).rejects.toThrow(`Port ${port} (PORT) is taken.`);
});

test('two parts never get the same port, and what was spelled out comes first', async () => {
  const [port = 0] = await freePorts(1);
  const { portOf: chosen, lines } = await reserve(wish('web', port, false), wish('gateway', port, true));
  expect(chosen('gateway')).toBe(port);
  expect(chosen('web')).not.toBe(port);
  expect(lines).toHaveLength(1);
});

test('the same port spelled out twice is refused by both names', async () => {
  const [port = 0] = await freePorts(1);
  const both = reserve(wish('web', port, true), wish('gateway', port, true));
  await expect(both).rejects.toThrow(`PORT and GATEWAY_PORT are both ${port}`);
});

test('a port that answers on the other loopback address is taken: localhost may lead there', async () => {
  const port = await taken('::1');
  await expect(reserve(wish('web', port, true))).rejects.toThrow('is taken');
});

test('two launchers at once choose different ports', async () => {
  const [port = 0] = await freePorts(1);
  const [first, second] = [await reserve(wish('web', port, false)), await reserve(wish('web', port, false))];
  expect(second.portOf('web')).not.toBe(first.portOf('web'));
});

test('isAnswered tells a listener from none', async () => {
  const server = await listen();
  const port = portOf(server);
  expect(await isAnswered(port, '127.0.0.1')).toBe(true);
  server.close();
  await once(server, 'close');
  expect(await isAnswered(port, '127.0.0.1')).toBe(false);
});
