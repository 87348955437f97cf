import { setTimeout as pause } from 'node:timers/promises';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { streamText, type LanguageModel, type ModelMessage } from 'ai';
import type { Chunk } from '#lib/protocol/event.ts';
import type { ModelHealth } from '#lib/protocol/message.ts';
import type { Settings, Usage } from '#lib/protocol/turn.ts';
import type { WorkerEnv } from '#lib/env.ts';
import { bounded } from './bounded.ts';
import { continues } from './continues.ts';
import { listModels } from './list-models.ts';
import { asProviderFailure } from './provider-errors.ts';
import { ProviderFailure, type Model } from './port.ts';
import { warmFetch } from './warm.ts';

const OPENAI_ORIGIN = 'https://api.openai.com';
const DEFAULT_OPENAI_MODEL = 'gpt-5-mini';
/** Windows where the environment names none: what OpenAI's models have at least, and what local servers set by default. */
const OPENAI_CONTEXT_TOKENS = 128_000;
const LOCAL_CONTEXT_TOKENS = 8_192;
const REPLY_TOKENS = 4_096;
/** The embedded model's, fixed by its server. */
const EMBEDDED = { name: 'SmolLM2-135M-Instruct', contextTokens: 2_048, replyTokens: 512 };
const LOCAL_CALL_MS = 1_000;
/** Messages wait while the embedded model is downloaded or loaded; its server is asked so often. */
const READY_LOOK_MS = 250;

/** How the provider is reached. */
export type Send = typeof fetch;

/** The model that the environment names; the app also runs without one, and says then what to do. */
export function modelFromEnv(env: WorkerEnv, send: Send = warmFetch): Model {
  if (env.OPENAI_API_KEY !== undefined || env.OPENAI_BASE_URL !== undefined) return openAiModel(env, send);
  if (env.EMBEDDED_MODEL_URL !== undefined) return embeddedModel(env, env.EMBEDDED_MODEL_URL, send);
  return noModel();
}

function openAiModel(env: WorkerEnv, send: Send): Model {
  const isOpenAi = env.OPENAI_BASE_URL === undefined || new URL(env.OPENAI_BASE_URL).origin === OPENAI_ORIGIN;
  const name = env.OPENAI_MODEL ?? DEFAULT_OPENAI_MODEL;
  const modelNamed = isOpenAi ? openAi(env, send) : compatible(env.OPENAI_BASE_URL!, env.OPENAI_API_KEY, send);
  return {
    name,
    contextTokens: env.MODEL_CONTEXT_TOKENS ?? (isOpenAi ? OPENAI_CONTEXT_TOKENS : LOCAL_CONTEXT_TOKENS),
    replyTokens: Math.min(REPLY_TOKENS, Math.floor((env.MODEL_CONTEXT_TOKENS ?? LOCAL_CONTEXT_TOKENS) / 4)),
    continues: continues(isOpenAi ? 'openai' : 'other', env),
    countTokens: async (messages) => estimateTokens(messages),
    stream: (messages, signal, settings = {}) =>
      streamFrom(modelNamed(settings.model ?? name), messages, signal, { env, settings }),
    list: () => listModels(env.OPENAI_BASE_URL ?? `${OPENAI_ORIGIN}/v1`, env.OPENAI_API_KEY, send),
    health: async () => ({ state: 'ok', name, source: env.MODEL_SOURCE ?? 'openai' }),
    ready: async () => {},
  };
}

function embeddedModel(env: WorkerEnv, url: string, send: Send): Model {
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

export const WAYS_OUT =
  'Three ways out: set OPENAI_API_KEY; or run a local server such as Ollama, or name one with OPENAI_BASE_URL and OPENAI_MODEL; ' +
  'or point EMBEDDED_MODEL_FILE at a GGUF file of your own. Then start Parley again.';

/** Never read: without a model `ready` throws first. */
const nothing: AsyncGenerator<Chunk, Usage | null> = (async function* () {
  yield* [];
  return null;
})();

function noModel(): Model {
  const missing = { code: 'no_model', message: `There is no model to answer. ${WAYS_OUT}` };
  return {
    name: 'none',
    contextTokens: LOCAL_CONTEXT_TOKENS,
    replyTokens: REPLY_TOKENS,
    continues: false,
    countTokens: async (messages) => estimateTokens(messages),
    stream: () => nothing,
    list: async () => [],
    health: async () => ({ state: 'unavailable', detail: missing.message }),
    ready: async () => {
      throw new ProviderFailure(missing);
    },
  };
}

type ModelNamed = (name: string) => LanguageModel;

/** OpenAI itself, by its Responses API. */
function openAi({ OPENAI_BASE_URL, OPENAI_API_KEY }: WorkerEnv, send: Send): ModelNamed {
  const provider = createOpenAI({
    ...(OPENAI_BASE_URL !== undefined && { baseURL: OPENAI_BASE_URL }),
    // The SDK would look for one in the environment itself.
    apiKey: OPENAI_API_KEY ?? 'none',
    fetch: guarded(send),
  });
  return (name) => provider.responses(name);
}

/** A server that only speaks like it, by chat completions: reasoning comes in fields that OpenAI's do not have [MOD5]. */
function compatible(baseURL: string, apiKey: string | undefined, send: Send): ModelNamed {
  const provider = createOpenAICompatible({
    name: 'compatible',
    baseURL,
    ...(apiKey !== undefined && { apiKey }),
    includeUsage: true,
    fetch: guarded(send),
  });
  return (name) => provider.chatModel(name);
}

/** A redirect would carry the conversation to an address that nobody named. */
const guarded =
  (send: Send): Send =>
  async (input, init) =>
    bounded(await send(input, { ...init, redirect: 'error' }));

/** No text needs more tokens than UTF-8 bytes; three bytes a token errs high for English and about right for the rest. */
const BYTES_PER_TOKEN = 3;
const TOKENS_PER_MESSAGE = 8;

function estimateTokens(messages: ModelMessage[]): number {
  return messages.reduce((sum, { content }) => {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    return sum + TOKENS_PER_MESSAGE + Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);
  }, 0);
}

type Timeouts = Pick<WorkerEnv, 'MODEL_FIRST_TOKEN_TIMEOUT_MS' | 'MODEL_IDLE_TIMEOUT_MS'>;

async function* streamFrom(
  model: LanguageModel,
  messages: ModelMessage[],
  signal: AbortSignal,
  { env, settings: { instructions = '', temperature } }: { env: Timeouts; settings: Settings },
): AsyncGenerator<Chunk, Usage | null> {
  // Ours, not the SDK's: its time-out for the first chunk only begins with the provider's answer.
  const silence = new AbortController();
  // A consumer that stops reading leaves the timer behind: it must not keep the process from ending.
  let watch = setTimeout(() => silence.abort(), env.MODEL_FIRST_TOKEN_TIMEOUT_MS).unref();
  // What a begun reply has is its text: one that is over with it is not empty [ACT11].
  let isEmpty = messages.at(-1)?.role !== 'assistant';
  let hasBegun = false;
  /** The SDK ends a part that was cut off as it ends a whole one: only what follows tells [ACT10]. */
  let end: Chunk | null = null;
  try {
    const { stream } = streamText({
      model,
      messages,
      ...(instructions !== '' && { instructions }),
      ...(temperature !== undefined && { temperature }),
      abortSignal: AbortSignal.any([signal, silence.signal]),
      maxRetries: 0, // Temporal owns retries
      providerOptions: { openai: { store: false } }, // [MOD6]; other servers are not sent it
      onError: () => {}, // each error is also a part of the stream, below
    });
    for await (const part of stream) {
      switch (part.type) {
        case 'text-start':
        case 'reasoning-start':
          if (end) yield end;
          end = null;
          yield { type: part.type, id: part.id };
          break;
        case 'text-end':
        case 'reasoning-end':
          if (end) yield end;
          end = { type: part.type, id: part.id };
          break;
        case 'text-delta':
        case 'reasoning-delta':
          if (part.text === '') break;
          isEmpty &&= part.type !== 'text-delta';
          if (hasBegun) {
            watch.refresh();
          } else {
            clearTimeout(watch);
            watch = setTimeout(() => silence.abort(), env.MODEL_IDLE_TIMEOUT_MS).unref();
            hasBegun = true;
          }
          yield { type: part.type, id: part.id, delta: part.text };
          break;
        case 'error':
          throw asProviderFailure(part.error);
        case 'abort':
          if (signal.aborted) return null;
          throw silent();
        case 'finish-step':
          checkWhole(part.finishReason);
          if (isEmpty)
            throw new ProviderFailure(
              { code: 'empty_reply', message: 'The model’s server sent an empty answer.' },
              { retries: true },
            );
          if (end) yield end;
          return { inputTokens: part.usage.inputTokens ?? null, outputTokens: part.usage.outputTokens ?? null };
        default: // what the SDK adds around a call, and kinds of content that nobody asked for
      }
    }
  } catch (cause) {
    if (signal.aborted) return null;
    throw silence.signal.aborted ? silent() : asProviderFailure(cause);
  } finally {
    clearTimeout(watch);
  }
  if (signal.aborted) return null;
  throw new ProviderFailure(BROKEN_OFF, { retries: true });
}

const silent = () =>
  new ProviderFailure({ code: 'timeout', message: 'The model’s server fell silent.' }, { retries: true });

const BROKEN_OFF = { code: 'cut_off', message: 'The model’s server broke off its answer.' };

/** An answer is whole only when the provider says so: a stream that just ends gives no error in the SDK [ACT7]. */
function checkWhole(finishReason: string): void {
  switch (finishReason) {
    case 'stop':
      return;
    case 'length':
      throw new ProviderFailure({
        code: 'cut_off',
        message: 'The reply reached the model’s limit on new text and was cut off.',
      });
    case 'content-filter':
      throw new ProviderFailure({
        code: 'content_filter',
        message: 'The model’s server withheld the rest of this reply.',
      });
    default:
      throw new ProviderFailure(BROKEN_OFF, { retries: true });
  }
}
