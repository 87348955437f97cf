import { setTimeout as pause } from 'node:timers/promises';
import type { WorkerEnv } from '#lib/env.ts';
import type { ModelHealth } from '#lib/protocol/message.ts';
import { continues } from './continues.ts';
import { WAYS_OUT } from './no-model.ts';
import { ProviderFailure, type Model } from './port.ts';
import { streamFrom } from './provider-stream.ts';
import { compatible, type Send } from './providers.ts';

/** The embedded model's, fixed by its server. */
const EMBEDDED = { name: 'SmolLM2-135M-Instruct', contextTokens: 2_048, replyTokens: 512 };
const LOCAL_CALL_MS = 1_000;
/** Messages wait while the embedded model is downloaded or loaded; its server is asked so often. */
const READY_LOOK_MS = 250;

/** The model that comes along, served by a process of its own. */
export function embeddedModel(env: WorkerEnv, url: string, send: Send): Model {
  const modelNamed = compatible(new URL('/v1', url).href, undefined, send);
  return {
    ...EMBEDDED,
    continues: continues('embedded', env),
    async countTokens(messages) {
      const response = await fetch(new URL('/tokenize', url), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ messages }),
        signal: AbortSignal.timeout(LOCAL_CALL_MS),
      }).catch((cause: unknown) => {
        throw new ProviderFailure(NOT_READY, { retries: true, cause });
      });
      if (!response.ok) throw new ProviderFailure(NOT_READY, { retries: true });
      return ((await response.json()) as { tokens: number }).tokens;
    },
    stream: (messages, signal, settings = {}) =>
      streamFrom(modelNamed(EMBEDDED.name), messages, signal, { env, settings }),
    list: async () => [EMBEDDED.name],
    health: () => embeddedHealth(url),
    async ready(signal) {
      for (;;) {
        const { state, detail = NOT_READY.message } = await embeddedHealth(url);
        if (state === 'ok' || signal.aborted) return;
        if (state === 'unavailable') throw new ProviderFailure({ code: 'no_model', message: detail });
        await pause(READY_LOOK_MS);
      }
    },
  };
}

const NOT_READY = { code: 'model_not_ready', message: 'The model on this computer is not ready.' };

type EmbeddedHealth = { status: 'downloading' | 'loading' | 'ok' | 'unavailable'; percent?: number; message?: string };

async function embeddedHealth(url: string): Promise<ModelHealth> {
  const about = { name: EMBEDDED.name, source: 'embedded' } as const;
  try {
    const response = await fetch(new URL('/health', url), { signal: AbortSignal.timeout(LOCAL_CALL_MS) });
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
