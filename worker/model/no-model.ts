import type { Chunk } from '#lib/protocol/event.ts';
import type { Usage } from '#lib/protocol/turn.ts';
import { ProviderFailure, type Model } from './port.ts';

export const WAYS_OUT =
  'Three ways out: set OPENAI_API_KEY; or run a local server such as Ollama, or name one with OPENAI_BASE_URL and OPENAI_MODEL; ' +
  'or point EMBEDDED_MODEL_FILE at a GGUF file of your own. Then start Parley again.';

/** Never read: without a model `ready` throws first. */
const nothing: AsyncGenerator<Chunk, Usage | null> = (async function* () {
  yield* [];
  return null;
})();

/** The app runs without one, and says what to do. */
export function noModel(): Model {
  const missing = { code: 'no_model', message: `There is no model to answer. ${WAYS_OUT}` };
  return {
    name: 'none',
    contextTokens: 0,
    replyTokens: 0,
    continues: false,
    countTokens: async () => 0,
    stream: () => nothing,
    list: async () => [],
    health: async () => ({ state: 'unavailable', detail: missing.message }),
    ready: async () => {
      throw new ProviderFailure(missing);
    },
  };
}
