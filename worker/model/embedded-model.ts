import { basename } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { WorkerEnv } from '#lib/env.ts';
import type { ModelHealth } from '#lib/protocol/message.ts';
import { continues } from './continues.ts';
import { WAYS_OUT } from './no-model.ts';
import { ProviderFailure, type Model } from './port.ts';
import { streamFrom } from './provider-stream.ts';
import { compatible, type Send } from './providers.ts';

const BUNDLED = 'SmolLM2-135M-Instruct';
/** Its server's, for a file of one's own as well. */
const WINDOW = { contextTokens: 2_048, replyTokens: 512 };
const HEALTH_MS = 1_000;
/** Quick by itself; on a machine whose cores are all busy it waits for its turn. */
const COUNT_MS = 10_000;
/** Messages wait while the embedded model is downloaded or loaded; its server is asked so often. */
const READY_LOOK_MS = 250;

/** The model that comes along, or a file of one's own, served by a process of its own. */
export function embeddedModel(env: WorkerEnv, url: string, send: Send): Model {
  const file = env.EMBEDDED_MODEL_FILE;
  const name = file === undefined ? BUNDLED : basename(file, '.gguf');
  const health = () => embeddedHealth(url, { name, source: file === undefined ? 'embedded' : 'local' });
  const modelNamed = compatible(new URL('/v1', url).href, undefined, send);
  return {
    name,
    ...WINDOW,
    continues: continues('embedded', env),
    async countTokens(messages) {
      const response = await fetch(new URL('/tokenize', url), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ messages }),
        signal: AbortSignal.timeout(COUNT_MS),
      }).catch((cause: unknown) => {
        throw new ProviderFailure(NOT_READY, { retries: true, cause });
      });
      // The template of a file of one's own, say, that takes no instructions: no other try would go better.
      if (response.status === 400) throw new ProviderFailure(REFUSED);
      if (!response.ok) throw new ProviderFailure(NOT_READY, { retries: true });
      return ((await response.json()) as { tokens: number }).tokens;
    },
    stream: (messages, signal, settings = {}) => streamFrom(modelNamed(name), messages, signal, { env, settings }),
    list: async () => [name],
    health,
    async ready(signal) {
      for (;;) {
        const { state, detail = NOT_READY.message } = await health();
        if (state === 'ok' || signal.aborted) return;
        if (state === 'unavailable') throw new ProviderFailure({ code: 'no_model', message: detail });
        await pause(READY_LOOK_MS);
      }
    },
  };
}

const NOT_READY = { code: 'model_not_ready', message: 'The model on this computer is not ready.' };
const REFUSED = { code: 'refused', message: 'The model on this computer cannot be told these messages.' };

type EmbeddedHealth = { status: 'downloading' | 'loading' | 'ok' | 'unavailable'; percent?: number; message?: string };

async function embeddedHealth(url: string, about: Pick<ModelHealth, 'name' | 'source'>): Promise<ModelHealth> {
  try {
    const response = await fetch(new URL('/health', url), { signal: AbortSignal.timeout(HEALTH_MS) });
    const { status, percent, message } = (await response.json()) as EmbeddedHealth;
    switch (status) {
      case 'ok':
        return { ...about, state: 'ok' };
      case 'downloading':
        return { ...about, state: 'starting', percent: percent ?? 0, detail: 'The model is being downloaded.' };
      case 'loading':
        return { ...about, state: 'starting', detail: 'The model is being loaded.' };
      case 'unavailable':
        return {
          ...about,
          state: 'unavailable',
          detail: `${message ?? 'The embedded model cannot be had.'} ${WAYS_OUT}`,
        };
    }
  } catch {
    // Refused or timed out: its process is being started again.
    return { ...about, state: 'starting', detail: 'The model is being started.' };
  }
}
