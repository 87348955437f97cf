import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { wrapLanguageModel, type LanguageModel } from 'ai';
import type { WorkerEnv } from '#lib/env.ts';
import { bounded } from './bounded.ts';
import { thoughtsApart } from './thoughts-apart.ts';

/** How the provider is reached. */
export type Send = typeof fetch;

type ModelNamed = (name: string) => LanguageModel;

/** OpenAI itself, by its Responses API. */
export function openAi({ OPENAI_BASE_URL, OPENAI_API_KEY }: WorkerEnv, send: Send): ModelNamed {
  const provider = createOpenAI({
    ...(OPENAI_BASE_URL !== undefined && { baseURL: OPENAI_BASE_URL }),
    // The SDK would look for one in the environment itself.
    apiKey: OPENAI_API_KEY ?? 'none',
    fetch: guarded(send),
  });
  return (name) => provider.responses(name);
}

/** A server that only speaks like it, by chat completions: reasoning comes in fields that OpenAI's do not have [MOD5]. */
export function compatible(baseURL: string, apiKey: string | undefined, send: Send): ModelNamed {
  const provider = createOpenAICompatible({
    name: 'compatible',
    baseURL,
    ...(apiKey !== undefined && { apiKey }),
    includeUsage: true,
    fetch: guarded(send),
  });
  return (name) => wrapLanguageModel({ model: provider.chatModel(name), middleware: thoughtsApart });
}

/** A redirect would carry the conversation to an address that nobody named. */
const guarded =
  (send: Send): Send =>
  async (input, init) =>
    bounded(await send(input, { ...init, redirect: 'error' }));
