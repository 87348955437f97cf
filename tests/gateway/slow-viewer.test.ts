import timers from 'node:timers';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { v7 } from 'uuid';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { TurnEvent } from '#lib/protocol/event.ts';
import { beginTurn, startRunningGateway, type RunningGateway } from '#tests/support/running-gateway.ts';
import { openViewer } from '#tests/support/viewer.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startRunningGateway();
});
afterAll(() => gateway.close());

const open = (conversationId: string) => openViewer({ port: gateway.port, conversationId });

function heldBytes(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** A turn whose text comes in appends of any size, each at once; `stored: false` tells the feed alone. */
async function beginLongTurn(conversationId: string, { stored = true, gateway: of = gateway } = {}) {
  const { store, feed } = of;
  const { turnId, fence, write, flushed } = await beginTurn(of, conversationId);
  write('Now: ');
  await flushed();
  let seq = 3;
  let whole = 'Now: ';
  return {
    turnId,
    whole: () => whole,
    async append(text: string): Promise<void> {
      const events: TurnEvent[] = [{ step: 0, chunk: { type: 'text-delta', id: '0', delta: text } }];
      seq++;
      whole += text;
      if (stored) await store.log.append({ turnId, fence, seq, events });
      feed.emit('appended', conversationId, { turnId, from: seq, to: seq, events });
    },
  };
}

/** More than the kernel takes for a socket that is not read. */
const MUCH = 8_000_000;

for (const size of [1_000, 60_000]) {
  test(`[GW4] little is held for viewers that do not read, with ${size} characters an append`, async () => {
    const conversationId = v7();
    const slow = await Promise.all(Array.from({ length: 10 }, () => open(conversationId)));
    const turn = await beginLongTurn(conversationId, { stored: false });
    for (const one of slow) {
      await one.until(() => one.textOf(turn.turnId) === 'Now: ');
      one.pause();
    }
    const before = heldBytes();
    for (let piece = 0; piece * size < MUCH; piece++) {
      await turn.append('.'.repeat(size));
      await setImmediate(); // what the kernel takes, it takes between two appends
    }
    const each = (heldBytes() - before - MUCH) / slow.length;
    for (const one of slow) one.close();
    expect(each).toBeLessThan(1024 * 1024);
  });
}

test('[GW4] a viewer that reads again after many appends catches up', async () => {
  const conversationId = v7();
  const slow = await open(conversationId);
  const turn = await beginLongTurn(conversationId);
  await slow.until(() => slow.textOf(turn.turnId) === 'Now: ');
  slow.pause();
  for (let piece = 0; turn.whole().length < MUCH; piece++) await turn.append(`${piece} `.padEnd(40_000, '.'));
  slow.resume();
  await slow.until(() => slow.textOf(turn.turnId) === turn.whole());
  await turn.append('The end.');
  await slow.until(() => slow.textOf(turn.turnId) === turn.whole());
  slow.close();
});

test('[GW4] a viewer that is behind by one large message is woken when it has read it, not by the next ping', async () => {
  const other = await withoutTimersOfSeconds(() => startRunningGateway());
  const conversationId = v7();
  const slow = await withoutTimersOfSeconds(() => openViewer({ port: other.port, conversationId }));
  const turn = await beginLongTurn(conversationId, { gateway: other });
  await slow.until(() => slow.textOf(turn.turnId) === 'Now: ');
  slow.pause();
  await turn.append('.'.repeat(MUCH));
  await turn.append('More.');
  slow.resume();
  // Its own patience with a gateway that does not ping is 8 s; then it would connect anew.
  await slow.until(() => slow.textOf(turn.turnId) === turn.whole(), 7_000);
  slow.close();
  await other.close();
});

/** What is set up meanwhile has neither tip nor ping: they would wake a viewer too, seconds later. */
async function withoutTimersOfSeconds<T>(begin: () => Promise<T>): Promise<T> {
  const never = 2 ** 31 - 1;
  const slower = (ms = 0) => (ms >= 2_000 && ms <= 4_000 ? never : ms);
  const spies = [globalThis, timers].flatMap((owner) => {
    const { setInterval, setTimeout } = owner;
    return [
      vi.spyOn(owner, 'setInterval').mockImplementation((then, ms) => setInterval(then, slower(ms))),
      vi.spyOn(owner, 'setTimeout').mockImplementation((then: () => void, ms?: number) => setTimeout(then, slower(ms))),
    ];
  });
  try {
    return await begin();
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

test('[GW4] a viewer that does not read keeps no other one waiting', async () => {
  const conversationId = v7();
  const [slow, quick] = [await open(conversationId), await open(conversationId)];
  const turn = await beginLongTurn(conversationId);
  await slow.until(() => slow.textOf(turn.turnId) === 'Now: ');
  slow.pause();
  for (let piece = 0; turn.whole().length < MUCH; piece++) {
    await turn.append(`${piece} `.padEnd(100_000, '.'));
    await quick.until(() => quick.textOf(turn.turnId) === turn.whole());
  }
  slow.close();
  quick.close();
});

test('a viewer that does not read does not keep the gateway from closing', async () => {
  const other = await startRunningGateway();
  const conversationId = v7();
  const slow = await openViewer({ port: other.port, conversationId });
  const turn = await beginTurn(other, conversationId);
  turn.write('.'.repeat(MUCH));
  await turn.flushed();
  slow.pause();
  turn.write('.'.repeat(MUCH));
  await turn.flushed();
  await other.close();
  slow.close();
}, 10_000);
