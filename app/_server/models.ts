import { z } from 'zod';
import { refusal, type Answer } from './answer.ts';
import { readFromWorker } from './worker-reads.ts';

/** Above what the worker gives the endpoint to list them. */
const READ_MS = 4_000;

const Listed = z.object({ models: z.array(z.string()), default: z.string() });

/** The models that the endpoint lists; only the worker has its address and its key [SET2] [SEC5]. */
export async function listModels(): Promise<Answer> {
  try {
    const { models, default: name } = Listed.parse(await readFromWorker('/models', READ_MS));
    return { status: 200, body: { models: models.map((id) => ({ id })), default: name } };
  } catch {
    // The worker is away, or its endpoint lists none: the default goes on to work.
    return refusal('models_unknown', 'The models cannot be listed now. The one that is set goes on to work.');
  }
}
