import { createLog, type Log } from '#lib/log.ts';
import { openStore, type Store } from '#lib/store/store.ts';
import { createTemporalClient, type TemporalClient } from '#lib/temporal/client.ts';
import { webEnv } from './web-env.ts';

/** What this process opens once, at first use. */
type App = { log?: Log; store?: Store; temporal?: TemporalClient };

/** Next bundles routes, proxy and instrumentation each for itself: this is the one place that they share. */
const SHARED: unique symbol = Symbol.for('parley.web');
const shared = globalThis as typeof globalThis & { [SHARED]?: App };
const app: App = (shared[SHARED] ??= {});

/** The store could not be opened; the next call tries again. */
class StoreUnavailable extends Error {
  override name = 'StoreUnavailable';
}

export const webLog = (): Log => (app.log ??= createLog('web'));

export const webTemporal = (): TemporalClient => (app.temporal ??= createTemporalClient(webEnv()));

/** Durable: what a POST has promised survives a loss of power [SEND1]. Throws StoreUnavailable. */
export function webStore(): Store {
  const { DATA_DIR } = webEnv();
  try {
    return (app.store ??= openStore({ dataDir: DATA_DIR, durable: true }));
  } catch (cause) {
    throw new StoreUnavailable(`The store in ${DATA_DIR} could not be opened.`, { cause });
  }
}
