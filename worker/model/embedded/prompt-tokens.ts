import type { Token } from 'node-llama-cpp';
import type { Message } from './chat-request.ts';
import type { Engine } from './engine.ts';
import { Refusal } from './respond.ts';

/** The prompt that these messages make. Templates of some models refuse an order of roles: that is the caller's mistake. */
export function promptTokens(engine: Engine, messages: readonly Message[]): Token[] {
  try {
    return engine.tokenize(messages);
  } catch (error) {
    throw new Refusal(
      400,
      'invalid_messages',
      `The model's chat template refuses these messages: ${(error as Error).message}`,
    );
  }
}
