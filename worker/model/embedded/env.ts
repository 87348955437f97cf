import { resolve } from 'node:path';
import { z } from 'zod';

/** An empty variable is one that is not set. */
const given = (env: Record<string, string | undefined>) =>
  Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));

const absolute = z.string().transform((path) => resolve(path));

export const EmbeddedEnv = z.object({
  EMBEDDED_MODEL_PORT: z.coerce.number().int().min(1).max(65_535).default(4891),
  CACHE_DIR: absolute.default(resolve('.cache')),
  /** A GGUF of one's own, used as it is instead of the one that Parley downloads. */
  EMBEDDED_MODEL_FILE: absolute.optional(),
  /** Unset: one core less than there are, at most 4 (see `threadsFor`). */
  EMBEDDED_MODEL_THREADS: z.coerce.number().int().min(1).max(256).optional(),
});
export type EmbeddedEnv = z.infer<typeof EmbeddedEnv>;

/** Throws one readable line that names each wrong variable and what it must be. */
export function parseEmbeddedEnv(env: Record<string, string | undefined>): EmbeddedEnv {
  const parsed = EmbeddedEnv.safeParse(given(env));
  if (parsed.success) return parsed.data;
  throw new Error(
    `Wrong configuration: ${parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join('; ')}`,
  );
}
