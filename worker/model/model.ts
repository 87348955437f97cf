import type { ModelMessage } from 'ai';
import type { WorkerEnv } from '#lib/env.ts';
import { continues } from './continues.ts';
import { embeddedModel } from './embedded-model.ts';
import { listModels } from './list-models.ts';
import { noModel } from './no-model.ts';
import type { Model } from './port.ts';
import { streamFrom } from './provider-stream.ts';
import { compatible, openAi, type Send } from './providers.ts';
import { warmFetch } from './warm.ts';

const OPENAI_ORIGIN = 'https://api.openai.com';
const DEFAULT_OPENAI_MODEL = 'gpt-5-mini';
/** Windows where the environment names none: what OpenAI's models have at least, and what local servers set by default. */
const OPENAI_CONTEXT_TOKENS = 128_000;
const LOCAL_CONTEXT_TOKENS = 8_192;
const REPLY_TOKENS = 4_096;

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
  const contextTokens = env.MODEL_CONTEXT_TOKENS ?? (isOpenAi ? OPENAI_CONTEXT_TOKENS : LOCAL_CONTEXT_TOKENS);
  return {
    name,
    contextTokens,
    replyTokens: Math.min(REPLY_TOKENS, Math.floor(contextTokens / 4)),
    continues: continues(isOpenAi ? 'openai' : 'other', env),
    countTokens: async (messages) => estimateTokens(messages),
    stream: (messages, signal, settings = {}) =>
      streamFrom(modelNamed(settings.model ?? name), messages, signal, { env, settings }),
    list: () => listModels(env.OPENAI_BASE_URL ?? `${OPENAI_ORIGIN}/v1`, env.OPENAI_API_KEY, send),
    health: async () => ({ state: 'ok', name, source: env.MODEL_SOURCE ?? 'openai' }),
    ready: async () => {},
  };
}

/** No text needs more tokens than UTF-8 bytes; three bytes a token errs high for English and about right for the rest. */
const BYTES_PER_TOKEN = 3;
const TOKENS_PER_MESSAGE = 8;

function estimateTokens(messages: ModelMessage[]): number {
  return messages.reduce((sum, { content }) => {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    return sum + TOKENS_PER_MESSAGE + Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);
  }, 0);
}
