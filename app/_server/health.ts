import { z } from 'zod';
import type { Health, ModelHealth, PartHealth, TemporalHealth } from '#lib/protocol/message.ts';
import type { Answer } from './answer.ts';
import { webStore, webTemporal } from './app.ts';
import { webEnv } from './web-env.ts';
import { readFromWorker } from './worker-reads.ts';

/** Health is asked every second while something is wrong, so it answers well within that. */
const LOOK_MS = 500;
/** A look at Temporal serves every page that asks for so long. */
const TEMPORAL_FRESH_MS = 1_000;

const Part = z.object({ state: z.enum(['ok', 'starting', 'away', 'unavailable']), detail: z.string().exactOptional() });
/** What the gateway says of itself: it lives in the worker, which knows the model. */
const Told = z.object({
  worker: Part,
  model: Part.extend({
    name: z.string().exactOptional(),
    source: z.enum(['openai', 'local', 'embedded']).exactOptional(),
    percent: z.number().exactOptional(),
  }),
});
type FromGateway = { gateway: PartHealth; worker: PartHealth; model: ModelHealth };

/** 200 iff a message can be taken and its answer be watched: store and gateway work [API5]. */
export async function readHealth(): Promise<Answer> {
  const [store, temporal, told] = await Promise.all([storeHealth(), temporalHealth(), askGateway()]);
  const works = store.state === 'ok' && told.gateway.state === 'ok';
  const body: Health = { status: works ? 'ok' : 'unavailable', store, temporal, ...told };
  return { status: works ? 200 : 503, body };
}

/** One at a time: a store that is locked must not get a queue of looks before its next message. */
const lookAtStore = oneAtATime(0, () => webStore().conversations.check());
const lookAtTemporal = oneAtATime(TEMPORAL_FRESH_MS, () => webTemporal().isReachable());

async function storeHealth(): Promise<PartHealth> {
  const late = AbortSignal.timeout(LOOK_MS);
  try {
    await Promise.race([lookAtStore(), new Promise((_, reject) => late.addEventListener('abort', reject))]);
    return { state: 'ok' };
  } catch {
    // Not opened, locked, read-only or full: the log tells which when a message is refused for it.
    return { state: 'unavailable', detail: 'The store cannot be written.' };
  }
}

async function temporalHealth(): Promise<TemporalHealth> {
  const { TEMPORAL_UI_URL, TEMPORAL_NAMESPACE } = webEnv();
  const ui = TEMPORAL_UI_URL === undefined ? {} : { url: TEMPORAL_UI_URL, namespace: TEMPORAL_NAMESPACE };
  if (await lookAtTemporal()) return { state: 'ok', ...ui };
  const detail = 'Temporal does not answer. Messages are kept, and answered when it is back.';
  return { state: 'away', detail, ...ui };
}

async function askGateway(): Promise<FromGateway> {
  try {
    return { gateway: { state: 'ok' }, ...Told.parse(await readFromWorker('/health', LOOK_MS)) };
  } catch {
    // Refused, too slow, or somebody else's server: in each case no viewer would get an event.
    const detail = 'The worker does not answer. Messages are kept, and answered when it is back.';
    return { gateway: { state: 'away', detail }, worker: { state: 'away', detail }, model: { state: 'away' } };
  }
}

/** The look under way, or its result for `freshMs` after. */
function oneAtATime<T>(freshMs: number, look: () => Promise<T>): () => Promise<T> {
  let last: Promise<T> | null = null;
  const forget = () => void setTimeout(() => (last = null), freshMs).unref();
  return () => (last ??= Promise.resolve().then(look).finally(forget));
}
