// oxlint-disable-next-line import/no-unassigned-import -- it must have done its work before the others are loaded
import './unset-empty.ts';
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { DefaultLogger, NativeConnection, Runtime, type Worker } from '@temporalio/worker';
import { EXIT_CONFIG, parseEnv, WorkerEnv } from '#lib/env.ts';
import { createLog } from '#lib/log.ts';
import type { PartHealth } from '#lib/protocol/message.ts';
import { StoreBusy, StoreReadOnly } from '#lib/store/sqlite.ts';
import { openStore } from '#lib/store/store.ts';
import { createTemporalClient } from '#lib/temporal/client.ts';
import { temporalAddress } from '#lib/temporal/connection.ts';
import { createActivities } from './activities/index.ts';
import { admits } from './gateway/admission.ts';
import { startGateway } from './gateway/gateway.ts';
import { ownIdentity } from './identity.ts';
import { modelFromEnv } from './model/model.ts';
import { runOutbox } from './outbox.ts';
import { failDeadAttempts } from './predecessor.ts';
import { createFeed } from './stream/feed.ts';
import { createLiveStreams } from './stream/live-streams.ts';
import { createTemporalWorker } from './temporal-worker.ts';
import { bundleWorkflows } from './workflow-bundle.ts';

/** Runs conversations: a Temporal worker, and beside it the gateway that shows what it does. The only place where parts meet. */

const CONNECT_AGAIN_MS = 250;

const env = readable(() => parseEnv(WorkerEnv));
const log = createLog('worker');
// What the SDK has to say, without the details it adds: they may hold a provider's text. Signals are handled here.
Runtime.install({
  logger: new DefaultLogger('WARN', ({ level, message }) => {
    // Each failed attempt has its line of ours, which says what follows.
    if (message !== 'Activity failed') log[level === 'ERROR' ? 'error' : 'warn'](message);
  }),
  shutdownSignals: [],
});
const store = readable(() => openStore({ dataDir: env.DATA_DIR, durable: false }));
const owner = ownIdentity();
const feed = createFeed();
const model = modelFromEnv(env);
const streams = createLiveStreams({ store, model, feed, log });
const temporal = createTemporalClient(env);
const ending = new AbortController();
let health: PartHealth = { state: 'starting', detail: 'Waiting for Temporal.' };

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => ending.abort());

const gateway =
  env.GATEWAY === 'off'
    ? null
    : await startGateway({
        snapshots: store.snapshots,
        feed,
        log,
        host: env.HOST,
        port: env.GATEWAY_PORT,
        isAllowed: admits(env),
        reads: {
          '/health': async () => ({ worker: health, model: await model.health() }),
          '/models': async () => ({ models: await model.list(), default: model.name }),
        },
      }).catch((error: unknown) => refuse(error, 1));
if (gateway) log.info({ port: gateway.port }, 'gateway listens');

const background = [watchStore(), runOutbox(store, temporal, log, ending.signal)];
const connection = await connect();
if (connection) {
  const worker = await createWorker(connection);
  failDeadAttempts(store, temporal, log).catch((error: unknown) =>
    log.warn({ error: String(error) }, 'attempts of dead workers were not failed; their heartbeats time out'),
  );
  health = { state: 'ok' };
  log.info({ owner, model: model.name }, 'worker runs');
  // A worker that does not run yet cannot be shut down.
  if (!ending.signal.aborted) {
    ending.signal.addEventListener('abort', () => worker.shutdown(), { once: true });
    await worker.run();
  }
  await connection.close();
}
ending.abort();
await streams.close();
await gateway?.close();
await Promise.all(background);
await temporal.close();
await store.close();

/** Temporal may come later: the gateway shows conversations meanwhile. Null when the process ends before. */
async function connect(): Promise<NativeConnection | null> {
  while (!ending.signal.aborted) {
    try {
      return await NativeConnection.connect(temporalAddress(env));
    } catch (error) {
      if (health.state === 'starting')
        log.warn({ error: String(error) }, 'Temporal is away; connecting again until it is there');
      health = { state: 'away', detail: 'Temporal is away.' };
      await pause(CONNECT_AGAIN_MS);
    }
  }
  return null;
}

async function createWorker(connected: NativeConnection): Promise<Worker> {
  const code =
    env.WORKFLOW_BUNDLE === undefined ? (await bundleWorkflows()).code : await readFile(env.WORKFLOW_BUNDLE, 'utf8');
  const activities = createActivities({ store, streams, feed, owner, modelName: model.name, log });
  return createTemporalWorker({ connection: connected, env, identity: owner, code, activities });
}

/** Other processes' commits reach this one's viewers and streams by a look at the store. */
async function watchStore(): Promise<void> {
  while (!ending.signal.aborted) {
    try {
      for await (const _ of store.changes(() => streams.size > 0, ending.signal)) feed.emit('stirred');
    } catch (error) {
      log.error({ err: error }, 'the store did not answer; it is looked at again');
      await pause(CONNECT_AGAIN_MS);
    }
  }
}

/** A wrong environment or store is one readable line, not a stack. */
function readable<T>(start: () => T): T {
  try {
    return start();
  } catch (error) {
    // A store that is locked or read-only may be another one at the next start.
    return refuse(error, error instanceof StoreBusy || error instanceof StoreReadOnly ? 1 : EXIT_CONFIG);
  }
}

function refuse(error: unknown, code: number): never {
  console.error(error instanceof Error ? error.message : error);
  process.exit(code);
}
