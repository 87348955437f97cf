import { readFile } from 'node:fs/promises';
import { DefaultLogger, makeTelemetryFilterString, NativeConnection, Runtime } from '@temporalio/worker';
import { WorkerEnv } from '#lib/env.ts';
import { createLog } from '#lib/log.ts';
import { openStore } from '#lib/store/store.ts';
import { createTemporalClient } from '#lib/temporal/client.ts';
import { createActivities } from '#worker/activities/index.ts';
import { admits } from '#worker/gateway/admission.ts';
import { startGateway } from '#worker/gateway/gateway.ts';
import { ownIdentity } from '#worker/identity.ts';
import { modelFromEnv } from '#worker/model/model.ts';
import { runOutbox } from '#worker/outbox.ts';
import { createFeed } from '#worker/stream/feed.ts';
import { createLiveStreams } from '#worker/stream/live-streams.ts';
import { createTemporalWorker } from '#worker/temporal-worker.ts';

Runtime.install({
  logger: new DefaultLogger('ERROR'),
  // Late answers of attempts that Temporal has given up are what some tests are about.
  telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) } },
  shutdownSignals: [],
});

/** A worker within the test's process, put together as worker/main.ts does it. */
export type RunningWorker = {
  /** Where its gateway is. */
  port: number;
  /** Everything it has logged, as one text. */
  logged(): string;
  /** Ends it in good order, as SIGTERM does. */
  shutdown(): Promise<void>;
};

export async function startWorker(variables: Record<string, string>): Promise<RunningWorker> {
  const env = WorkerEnv.parse(variables);
  let logged = '';
  const log = createLog('worker', { write: (line) => void (logged += line) });
  const store = openStore({ dataDir: env.DATA_DIR, durable: false });
  const owner = ownIdentity();
  const feed = createFeed();
  const model = modelFromEnv(env);
  const streams = createLiveStreams({ store, model, feed, log });
  const temporal = createTemporalClient(env);
  const ending = new AbortController();
  const connection = await NativeConnection.connect({ address: env.TEMPORAL_ADDRESS! });
  const worker = await createTemporalWorker({
    connection,
    env,
    identity: owner,
    code: await readFile(env.WORKFLOW_BUNDLE!, 'utf8'),
    activities: createActivities({ store, streams, feed, owner, modelName: model.name, log }),
  });
  const watching = (async () => {
    for await (const _ of store.changes(() => streams.size > 0, ending.signal)) feed.emit('stirred');
  })();
  const gateway = await startGateway({
    snapshots: store.snapshots,
    feed,
    log,
    host: env.HOST,
    port: 0,
    isAllowed: admits(env),
    reads: {},
  });
  const background = [watching, runOutbox(store, temporal, log, ending.signal)];
  const ran = worker.run();
  let down: Promise<void> | undefined;
  return {
    port: gateway.port,
    logged: () => logged,
    shutdown: () =>
      (down ??= (async () => {
        worker.shutdown();
        await ran;
        await connection.close();
        ending.abort();
        await streams.close();
        await gateway.close();
        await Promise.all(background);
        await temporal.close();
        await store.close();
      })()),
  };
}
