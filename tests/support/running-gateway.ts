import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { v7 } from 'uuid';
import type { Fence } from '#lib/protocol/fence.ts';
import type { Outcome } from '#lib/protocol/turn.ts';
import { createLog } from '#lib/log.ts';
import { migrate } from '#lib/store/migrate.ts';
import type { Snapshots } from '#lib/store/snapshots.ts';
import { openStore, type Store } from '#lib/store/store.ts';
import { admits } from '#worker/gateway/admission.ts';
import { startGateway } from '#worker/gateway/gateway.ts';
import { createFeed, type Feed } from '#worker/stream/feed.ts';
import { createTurnWriter } from '#worker/stream/turn-writer.ts';

/** A gateway over a real store and sockets, with the feed that a worker would fill; no Temporal, no model. */
export type RunningGateway = {
  port: number;
  dataDir: string;
  store: Store;
  feed: Feed;
  /** Everything it has logged, as one text. */
  logged(): string;
  close(): Promise<void>;
};

export type GatewayChanges = {
  pagePort?: number;
  /** What the gateway reads by, for a test that must come in between. */
  snapshots?: (real: Snapshots) => Snapshots;
};

export async function startRunningGateway({
  pagePort = 3000,
  snapshots = (real) => real,
}: GatewayChanges = {}): Promise<RunningGateway> {
  const dataDir = await mkdtemp(join(tmpdir(), 'parley-gateway-'));
  await migrate(dataDir);
  const store = openStore({ dataDir, durable: false });
  const feed = createFeed();
  const ending = new AbortController();
  let logged = '';
  const gateway = await startGateway({
    snapshots: snapshots(store.snapshots),
    feed,
    log: createLog('worker', { write: (line) => void (logged += line) }),
    host: '127.0.0.1',
    port: 0,
    isAllowed: admits({ PORT: pagePort, PUBLIC_URL: undefined, GATEWAY_PUBLIC_URL: undefined }),
    reads: { '/health': async () => ({ worker: { state: 'ok' } }) },
  });
  const watching = (async () => {
    for await (const _ of store.changes(() => true, ending.signal)) feed.emit('stirred');
  })();
  return {
    port: gateway.port,
    dataDir,
    store,
    feed,
    logged: () => logged,
    async close() {
      ending.abort();
      await watching;
      await gateway.close();
      await store.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** A turn whose text the test writes, as a live stream does: through the writer, into the store, told to the feed. */
export type WrittenTurn = {
  turnId: string;
  fence: Fence;
  write(text: string): void;
  /** All that was written is in the store. */
  flushed(): Promise<void>;
  complete(): Promise<void>;
  end(outcome: Outcome): Promise<void>;
};

export async function beginTurn(
  { store, feed }: Pick<RunningGateway, 'store' | 'feed'>,
  conversationId: string,
  prompt = 'A prompt.',
): Promise<WrittenTurn> {
  const turnId = v7();
  const submitted = await store.submit(conversationId, { id: turnId, prompt, mode: 'queue' });
  if (submitted.kind === 'refused') throw new Error(submitted.code);
  const fence: Fence = { runId: v7(), runStartedAt: Date.now(), step: 0, activity: 1, attempt: 1 };
  const opened = await store.log.open({ turnId, step: 0, fence, taskToken: '', owner: 'test', model: 'test' });
  if (opened.kind !== 'opened') throw new Error(opened.kind);
  feed.emit('changed', conversationId);
  const writer = createTurnWriter({
    turnId,
    seq: 1,
    fence: () => fence,
    isClaimed: () => false,
    append: store.log.append,
    onAppended: (range) => feed.emit('appended', conversationId, { turnId, ...range }),
    onTrouble: (error) => {
      throw error;
    },
    signal: new AbortController().signal,
  });
  writer.add({ step: 0, chunk: { type: 'start-step' } });
  writer.add({ step: 0, chunk: { type: 'text-start', id: '0' } });
  return {
    turnId,
    fence,
    write: (delta) => writer.add({ step: 0, chunk: { type: 'text-delta', id: '0', delta } }),
    flushed: () => writer.flushed(),
    async complete() {
      writer.add({ step: 0, chunk: { type: 'finish-step' } });
      writer.complete({ inputTokens: null, outputTokens: null });
      await writer.ended;
      feed.emit('changed', conversationId);
    },
    async end(outcome) {
      await store.log.end(turnId, outcome);
      feed.emit('changed', conversationId);
    },
  };
}
