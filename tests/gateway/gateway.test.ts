import { request } from 'node:http';
import { io } from 'socket.io-client';
import { v7 } from 'uuid';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { ListAnswer, ListChanged, Refusal } from '#lib/protocol/message.ts';
import { writeFromAnotherProcess } from '#tests/support/other-process.ts';
import { beginTurn, startRunningGateway, type RunningGateway } from '#tests/support/running-gateway.ts';
import { until } from '#tests/support/until.ts';
import { openViewer } from '#tests/support/viewer.ts';

const PAGE_PORT = 3000;

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startRunningGateway({ pagePort: PAGE_PORT });
});
afterAll(() => gateway.close());

/** A bare socket; `headers` as a browser would set them. */
function socketWith(headers: Record<string, string> = {}) {
  const url = `http://127.0.0.1:${gateway.port}`;
  const socket = io(url, { transports: ['websocket'], forceNew: true, reconnection: false, extraHeaders: headers });
  onTestFinished(() => void socket.disconnect());
  return socket;
}

function opens(headers: Record<string, string>): Promise<boolean> {
  const socket = socketWith(headers);
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true)).once('connect_error', () => resolve(false));
  });
}

test.each([
  ['no Origin', {}],
  ['the page’s own', { origin: `http://localhost:${PAGE_PORT}` }],
  ['the page’s own by number', { origin: `http://127.0.0.1:${PAGE_PORT}` }],
])('[SEC2] a handshake is taken from %s', async (_, headers) => {
  expect(await opens(headers)).toBe(true);
});

test.each([
  ['a foreign Origin', { origin: 'http://evil.example' }],
  ['a foreign Origin on our port', { origin: `http://evil.example:${PAGE_PORT}` }],
  ['another port of this machine', { origin: 'http://localhost:9999' }],
  ['https in place of http', { origin: `https://localhost:${PAGE_PORT}` }],
  ['Origin null', { origin: 'null' }],
  ['an Origin that begins like ours', { origin: `http://localhost:${PAGE_PORT}.evil.example` }],
  ['a foreign Host', { host: 'evil.example' }],
  ['a Host that begins like ours', { host: '127.0.0.1.evil.example' }],
])('[SEC2] a handshake is refused to %s', async (_, headers) => {
  expect(await opens(headers)).toBe(false);
});

test.each([
  ['nothing', undefined],
  ['a text', 'subscribe'],
  ['no id', { sinceRev: 0 }],
  ['an id that is no UUID', { conversationId: 'x', sinceRev: 0 }],
  ['a negative rev', { conversationId: v7(), sinceRev: -1 }],
  ['a rev that is no whole number', { conversationId: v7(), sinceRev: 0.5 }],
  ['a seq that is no number', { conversationId: v7(), sinceRev: 0, live: { turnId: v7(), seq: 'x' } }],
])('[VIEW1] a subscribe with %s is refused, and the socket goes on', async (_, message) => {
  const socket = socketWith();
  const refused = (await socket.timeout(5_000).emitWithAck('subscribe', message)) as Refusal;
  expect(refused.error).toMatchObject({ code: 'bad_subscribe' });
  expect(JSON.stringify(refused)).not.toMatch(/zod|\n|at .+:\d+/i);
  const answer: unknown = await socket.timeout(5_000).emitWithAck('subscribe', { conversationId: v7(), sinceRev: 0 });
  expect(answer).toMatchObject({ turns: [], live: null });
});

test('[OBS1] [OBS3] a refused handshake, and a message that is no subscribe, are one line each', async () => {
  const before = gateway.logged().length;
  const lines = () =>
    gateway
      .logged()
      .slice(before)
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  await opens({ origin: 'http://evil.example' });
  await socketWith().timeout(5_000).emitWithAck('subscribe', { words: 'amber anchor' });
  expect(lines()).toMatchObject([
    { level: 30, origin: 'http://evil.example', msg: expect.stringMatching(/^refused.*stays closed$/) },
    { level: 30, code: 'bad_subscribe', msg: expect.stringMatching(/^refused.*stays open$/) },
  ]);
  expect(gateway.logged()).not.toContain('amber');
});

test('[VIEW1] other messages, and a subscribe that awaits no answer, do nothing', async () => {
  const socket = socketWith();
  await until(() => socket.connected);
  socket.emit('subscribe', { conversationId: v7(), sinceRev: 0 });
  socket.emit('subscribe', { conversationId: 'no id', sinceRev: 0 });
  socket.emit('turnsChanged', { conversationId: v7(), from: 0, to: 9 });
  const answer: unknown = await socket.timeout(5_000).emitWithAck('subscribe', { list: true, sinceRev: 0 });
  expect(answer).toHaveProperty('conversations');
});

test('a message of more than 4 KiB ends its socket, and no other', async () => {
  const [large, other] = [socketWith(), socketWith()];
  await until(() => large.connected && other.connected);
  large.emit('subscribe', { conversationId: v7(), sinceRev: 0, more: 'x'.repeat(5_000) }, () => {});
  await until(() => !large.connected);
  expect(other.connected).toBe(true);
});

test('[VIEW9] a page can ask whether the gateway is there, and finds no error', async () => {
  expect((await fetch(`http://127.0.0.1:${gateway.port}/`)).status).toBe(204);
});

test('a plain request is answered in JSON', async () => {
  const ask = (path: string, method = 'GET') =>
    new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
      request({ port: gateway.port, path, method }, (response) => {
        let body = '';
        response.on('data', (piece: Buffer) => (body += piece.toString()));
        response.on('end', () => resolve({ status: response.statusCode, body }));
      })
        .on('error', reject)
        .end();
    });
  expect(await ask('/health')).toEqual({ status: 200, body: '{"worker":{"state":"ok"}}' });
  expect((await ask('/other')).status).toBe(404);
  expect(JSON.parse((await ask('/health', 'POST')).body)).toHaveProperty('error.code');
});

test('[GW3] the list of conversations is told by its own revision: new, renamed and deleted ones', async () => {
  const socket = socketWith();
  const { rev } = (await socket.emitWithAck('subscribe', { list: true, sinceRev: 0 })) as ListAnswer;
  const told: ListChanged[] = [];
  socket.on('listChanged', (message: ListChanged) => void told.push(message));
  const entry = (id: string) => told.flatMap(({ conversations }) => conversations).findLast((one) => one.id === id);
  const conversationId = v7();
  const turn = await beginTurn(gateway, conversationId, 'What is a list?');
  await until(() => entry(conversationId)?.title === 'What is a list?');
  await turn.end('stopped');
  await gateway.store.conversations.change(conversationId, { title: 'Lists' });
  gateway.feed.emit('changed', conversationId);
  await until(() => entry(conversationId)?.title === 'Lists');
  await gateway.store.conversations.delete(conversationId);
  gateway.feed.emit('changed', conversationId);
  await until(() => entry(conversationId)?.deleted);
  for (const [at, { from, to }] of told.entries()) {
    expect(from).toBe(at === 0 ? rev : told[at - 1]!.to);
    expect(to).toBeGreaterThan(from);
  }
});

test('[GW1] what another process writes reaches viewers as it is written, exactly', async () => {
  const conversationId = v7();
  const viewer = await openViewer({ port: gateway.port, conversationId });
  onTestFinished(() => viewer.close());
  const { turnId, ended } = await writeFromAnotherProcess(gateway.dataDir, conversationId, 300);
  const whole = Array.from({ length: 300 }, (_, at) => `piece${at} `).join('');
  const lengths = new Set<number>();
  await viewer.until(() => {
    lengths.add(viewer.textOf(turnId).length);
    expect(whole.startsWith(viewer.textOf(turnId))).toBe(true);
    return viewer.view().turns.get(turnId)?.status === 'completed';
  });
  expect(viewer.textOf(turnId)).toBe(whole);
  expect(lengths.size).toBeGreaterThan(5);
  expect(await ended).toEqual([0, null]);
});

test('[DEL1] a delete reaches who looks at the conversation', async () => {
  const conversationId = v7();
  const viewer = await openViewer({ port: gateway.port, conversationId });
  onTestFinished(() => viewer.close());
  const turn = await beginTurn(gateway, conversationId);
  turn.write('Half of it');
  await viewer.until(() => viewer.textOf(turn.turnId) === 'Half of it');
  await gateway.store.conversations.delete(conversationId);
  gateway.feed.emit('changed', conversationId);
  await viewer.until(
    () => viewer.view().conversation?.deleted && viewer.view().turns.get(turn.turnId)?.status === 'stopped',
  );
});
