import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { v7 } from 'uuid';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { WorkerEnv } from '#lib/env.ts';
import { createLog } from '#lib/log.ts';
import type { TurnEvent } from '#lib/protocol/event.ts';
import type { Fence } from '#lib/protocol/fence.ts';
import { migrate } from '#lib/store/migrate.ts';
import { openStore, type Store } from '#lib/store/store.ts';
import { modelFromEnv } from '#worker/model/model.ts';
import { createFeed } from '#worker/stream/feed.ts';
import { createLiveStreams } from '#worker/stream/live-streams.ts';
import type { ModelEndpoint } from '#tests/support/endpoint-client.ts';
import { startModelEndpoint } from '#tests/support/model-endpoint.ts';

export const fenceNo = (attempt: number): Fence => ({ runId: 'run', runStartedAt: 1, step: 0, activity: 1, attempt });

export type StreamingOptions = { trouble?: (store: Store) => Partial<Store>; env?: Record<string, string> };

/** For a test file: model calls whose attempts the test makes itself, over a real store in which `trouble` may replace a verb. */
export function prepareStreaming() {
  let endpoint: ModelEndpoint;
  let dataDir: string;
  beforeAll(async () => {
    endpoint = await startModelEndpoint();
    dataDir = await mkdtemp(join(tmpdir(), 'parley-stream-'));
    await migrate(dataDir);
  });
  afterAll(async () => {
    await endpoint.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  async function streaming(prompt: string, { trouble = () => ({}), env: more = {} }: StreamingOptions = {}) {
    const store = openStore({ dataDir, durable: false });
    const feed = createFeed();
    const env = WorkerEnv.parse({ OPENAI_BASE_URL: endpoint.baseURL, OPENAI_MODEL: 'any', ...more });
    let logged = '';
    const log = createLog('worker', { write: (line) => void (logged += line) });
    const broken: Store = { ...store, ...trouble(store) };
    const streams = createLiveStreams({ store: broken, model: modelFromEnv(env), feed, log });
    onTestFinished(async () => {
      await streams.close();
      await store.close();
    });
    const [conversationId, turnId] = [v7(), v7()];
    await store.submit(conversationId, { id: turnId, prompt, mode: 'queue' });
    const open = (attempt: number, from?: Fence) =>
      store.log.open({
        turnId,
        step: 0,
        fence: fenceNo(attempt),
        taskToken: '',
        owner: '',
        model: '',
        ...(from && { from }),
      });

    return {
      store,
      streams,
      turnId,
      conversationId,
      feed,
      open,
      logged: () => logged,
      turn: async () => (await store.turn(turnId))!,
      events: async (): Promise<TurnEvent[]> => (await store.snapshots.eventsSince(turnId, 0))?.events ?? [],
      /** What an attempt that is gone had written. */
      async left(attempt: number, events: TurnEvent[]): Promise<void> {
        await open(attempt);
        const seq = ((await store.snapshots.eventsSince(turnId, 0))?.to ?? 0) + 1;
        await store.log.append({ turnId, fence: fenceNo(attempt), seq, events });
      },
      /** Opens the step and begins its model call. */
      async attempt(number: number) {
        const opened = await open(number);
        if (opened.kind !== 'opened') throw new Error(opened.kind);
        const fence = fenceNo(number);
        return streams.start({ conversationId, turnId, step: 0, fence, reply: opened.reply, log });
      },
    };
  }

  return {
    get endpoint() {
      return endpoint;
    },
    streaming,
  };
}
