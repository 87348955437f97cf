import { streamText, type LanguageModel, type ModelMessage } from 'ai';
import type { Chunk } from '#lib/protocol/event.ts';
import type { Settings, Usage } from '#lib/protocol/turn.ts';
import type { WorkerEnv } from '#lib/env.ts';
import { ProviderFailure } from './port.ts';
import { asProviderFailure } from './provider-errors.ts';

type Timeouts = Pick<WorkerEnv, 'MODEL_FIRST_TOKEN_TIMEOUT_MS' | 'MODEL_IDLE_TIMEOUT_MS'>;

/** One model call: its chunks as they come, then its usage; null when it was aborted. Throws `ProviderFailure`. */
export async function* streamFrom(
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
