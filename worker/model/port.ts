import type { ModelMessage } from 'ai';
import type { Chunk } from '#lib/protocol/event.ts';
import type { ModelHealth } from '#lib/protocol/message.ts';
import type { Settings, TurnError, Usage } from '#lib/protocol/turn.ts';

/** One model, as the rest of the worker knows it: our port to whichever provider serves it. */
export type Model = {
  name: string;
  /** The window in tokens, and what of it is kept free for the reply. */
  contextTokens: number;
  replyTokens: number;
  /** Goes on with a final assistant message exactly where it ends, so that a second attempt can continue a reply [MOD4]. */
  continues: boolean;
  /** Tokens of these messages; exact where the provider counts, else an estimate that errs on the high side. */
  countTokens: (messages: ModelMessage[]) => Promise<number>;
  /**
   * One model call, as the conversation's user set it up: its chunks as they come, then how it was used. Ends early,
   * without a throw, when `signal` aborts.
   * Throws `ProviderFailure` for everything that the provider, or the way to it, does wrong.
   */
  stream: (messages: ModelMessage[], signal: AbortSignal, settings?: Settings) => AsyncGenerator<Chunk, Usage | null>;
  /** Names that a conversation's settings may choose from [SET2]. Throws when the endpoint does not list them. */
  list: () => Promise<string[]>;
  health: () => Promise<ModelHealth>;
  /** Waits while the model is still being made ready; throws `ProviderFailure` when it cannot be. */
  ready: (signal: AbortSignal) => Promise<void>;
};

/** A model call that failed, in our words; what the provider said stays in the log of nobody. */
export class ProviderFailure extends Error {
  override name = 'ProviderFailure';
  readonly error: TurnError;
  /** Another try may succeed; after this pause, where the provider asked for one. */
  readonly retries: boolean;
  readonly retryAfterMs: number | undefined;
  /** Every other turn would fail the same way: the conversation waits for its user [ACT8]. */
  readonly pauses: boolean;

  constructor(
    error: TurnError,
    options: { retries?: boolean; retryAfterMs?: number | undefined; pauses?: boolean; cause?: unknown } = {},
  ) {
    super(error.code, { cause: options.cause });
    this.error = error;
    this.retries = options.retries ?? false;
    this.retryAfterMs = options.retryAfterMs;
    this.pauses = options.pauses ?? false;
  }
}
