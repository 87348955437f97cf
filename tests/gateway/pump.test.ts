import { v7 } from 'uuid';
import { expect, onTestFinished, test } from 'vitest';
import type { TurnEvent } from '#lib/protocol/event.ts';
import { beginTurn, startRunningGateway } from '#tests/support/running-gateway.ts';
import { openViewer, type Viewer } from '#tests/support/viewer.ts';

const eventsTold = ({ told }: Viewer) => told.flatMap(({ message }) => ('events' in message ? [message] : []));

test('[VIEW2] what is written while a subscribe is answered reaches its viewer, without waiting for the tip', async () => {
  let meanwhile: () => Promise<void> = async () => {};
  const gateway = await startRunningGateway({
    snapshots: (real) => ({
      ...real,
      async conversation(...asked) {
        const answer = await real.conversation(...asked);
        await meanwhile();
        return answer;
      },
    }),
  });
  onTestFinished(() => gateway.close());
  const conversationId = v7();
  const first = await openViewer({ port: gateway.port, conversationId });
  onTestFinished(() => first.close());
  const turn = await beginTurn(gateway, conversationId);
  turn.write('Before. ');
  await first.until(() => first.textOf(turn.turnId) === 'Before. ');
  meanwhile = async () => {
    meanwhile = async () => {};
    turn.write('Meanwhile.');
    await first.until(() => first.textOf(turn.turnId) === 'Before. Meanwhile.');
  };
  const second = await openViewer({ port: gateway.port, conversationId, loses: (event) => event === 'tipReached' });
  onTestFinished(() => second.close());
  await second.until(() => second.textOf(turn.turnId) === 'Before. Meanwhile.');
});

test('[GW2] an append of this process that does not continue what was sent is no shortcut: the store is read', async () => {
  const gateway = await startRunningGateway();
  onTestFinished(() => gateway.close());
  const { store, feed } = gateway;
  const conversationId = v7();
  const viewer = await openViewer({ port: gateway.port, conversationId });
  onTestFinished(() => viewer.close());
  const { turnId, fence, write, flushed } = await beginTurn(gateway, conversationId);
  write('one ');
  await flushed();
  await viewer.until(() => viewer.textOf(turnId) === 'one ');
  const append = async (seq: number, delta: string) => {
    const events: TurnEvent[] = [{ step: 0, chunk: { type: 'text-delta', id: '0', delta } }];
    await store.log.append({ turnId, fence, seq, events });
    return { turnId, from: seq, to: seq, events };
  };
  await append(4, 'two '); // whose wake is lost
  feed.emit('appended', conversationId, await append(5, 'three'));
  await viewer.until(() => viewer.textOf(turnId) === 'one two three');
  expect(viewer.asked).toHaveLength(1);
  const ranges = eventsTold(viewer).map(({ from, to }) => [from, to]);
  expect(ranges.at(-1)).toEqual([4, 5]);
});

test('[GW1] what the shortcut sends while the store is read is not sent again', async () => {
  let meanwhile: () => Promise<void> = async () => {};
  const gateway = await startRunningGateway({
    snapshots: (real) => ({
      ...real,
      async eventsSince(...asked) {
        await meanwhile();
        return real.eventsSince(...asked);
      },
    }),
  });
  onTestFinished(() => gateway.close());
  const conversationId = v7();
  const viewer = await openViewer({ port: gateway.port, conversationId });
  onTestFinished(() => viewer.close());
  const { store, feed } = gateway;
  const { turnId, fence, write, flushed } = await beginTurn(gateway, conversationId);
  write('one ');
  await flushed();
  await viewer.until(() => viewer.textOf(turnId) === 'one ');
  const events: TurnEvent[] = [{ step: 0, chunk: { type: 'text-delta', id: '0', delta: 'two' } }];
  const isRead = Promise.withResolvers<void>();
  meanwhile = async () => {
    meanwhile = async () => {};
    feed.emit('appended', conversationId, { turnId, from: 4, to: 4, events });
    isRead.resolve();
  };
  // The pump sees a new event, and reads it; the shortcut comes in between.
  await store.log.append({ turnId, fence, seq: 4, events });
  feed.emit('changed', conversationId);
  await isRead.promise;
  await viewer.until(() => viewer.textOf(turnId) === 'one two');
  // A next event, by the shortcut: whatever was to be sent before it has been.
  feed.emit('appended', conversationId, { turnId, from: 5, to: 5, events });
  await viewer.until(() => viewer.textOf(turnId) === 'one twotwo');
  expect(eventsTold(viewer).map(({ from, to }) => [from, to])).toEqual([
    [1, 3],
    [4, 4],
    [5, 5],
  ]);
});

test('[GW1] whatever wake was lost, viewers are told: it wakes by itself', async () => {
  const gateway = await startRunningGateway();
  onTestFinished(() => gateway.close());
  const conversationId = v7();
  const viewer = await openViewer({
    port: gateway.port,
    conversationId,
    loses: (event) => event === 'tipReached',
  });
  onTestFinished(() => viewer.close());
  // Of this connection's own commits nothing stirs, and nobody tells the feed.
  await gateway.store.submit(conversationId, { id: v7(), prompt: 'A prompt.', mode: 'queue' });
  await viewer.until(() => viewer.view().turns.size === 1);
  expect(viewer.asked).toHaveLength(1);
});

test('[GW1] a turn’s last events are told before its row, so that its viewers can prove its text', async () => {
  const gateway = await startRunningGateway();
  onTestFinished(() => gateway.close());
  const { store, feed } = gateway;
  const conversationId = v7();
  const viewer = await openViewer({ port: gateway.port, conversationId });
  onTestFinished(() => viewer.close());
  const { turnId, fence, write, flushed } = await beginTurn(gateway, conversationId);
  write('Almost ');
  await flushed();
  await viewer.until(() => viewer.textOf(turnId) === 'Almost ');
  const last: TurnEvent = { step: 0, chunk: { type: 'text-delta', id: '0', delta: 'done.' } };
  const completes = { usage: { inputTokens: null, outputTokens: null } };
  await store.log.append({ turnId, fence, seq: 4, events: [last], completes });
  feed.emit('changed', conversationId);
  await viewer.until(() => viewer.view().turns.get(turnId)?.status === 'completed');
  expect(viewer.textOf(turnId)).toBe('Almost done.');
  expect(viewer.asked).toHaveLength(1);
});
