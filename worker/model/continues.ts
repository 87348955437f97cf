import type { WorkerEnv } from '#lib/env.ts';

type Source = 'embedded' | 'openai' | 'other';

/**
 * Who goes on with a final assistant message exactly where it ends [MOD4]. Wrong for a server that does not, this would
 * put the beginning of a new answer behind half of the old one; so it is known, or said by `MODEL_CONTINUES`.
 *
 * - OpenAI: both of its APIs take that message for a finished one, and answer with another.
 * - llama.cpp's server: it goes on (ggml-org/llama.cpp#13174, April 2025), unless it was started with
 *   `--no-prefill-assistant` (#13608); for a model that thinks it answers 400 (#15404).
 * - Ollama: a matter of each model's template.
 * - vLLM: only with `continue_final_message` in the request (vllm-project/vllm#8942), a field that others refuse.
 *
 * The last three cannot be told apart by their address, and each depends on how it was set up.
 */
const CONTINUES: Record<Source, boolean> = { embedded: true, openai: false, other: false };

export const continues = (source: Source, { MODEL_CONTINUES }: Pick<WorkerEnv, 'MODEL_CONTINUES'>): boolean =>
  MODEL_CONTINUES === undefined ? CONTINUES[source] : MODEL_CONTINUES === '1';
