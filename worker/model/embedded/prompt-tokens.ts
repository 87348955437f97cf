import type { Token } from 'node-llama-cpp';
import type { Message } from './chat-request.ts';
import type { Engine } from './engine.ts';
import { Refusal } from './respond.ts';

/** What the model reads, and what of it, at its end, is the reply that it shall go on with [EM8]. */
export type Prompt = { tokens: Token[]; begun: Token[] };

/** The prompt that these messages make. Templates of some models refuse an order of roles: that is the caller's mistake. */
export function promptTokens(engine: Engine, messages: readonly Message[]): Prompt {
  try {
    const tokens = engine.tokenize(messages);
    const isBegun = messages.at(-1)?.role === 'assistant';
    return { tokens, begun: isBegun ? tokens.slice(engine.tokenize(messages.slice(0, -1)).length) : [] };
  } catch (error) {
    throw new Refusal(
      400,
      'invalid_messages',
      `The model's chat template refuses these messages: ${(error as Error).message}`,
    );
  }
}
