import { resolve } from 'node:path';
import { z } from 'zod';

/*
 * The environment, parsed once per process by the schema of what that process needs.
 * Names, defaults and meaning: README, "Configuration".
 */

const Port = z.coerce.number().int().min(0).max(65_535);
const Ms = z.coerce.number().int().min(1);
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/;

/** An empty variable is one that is not set. */
const optional = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === '' ? undefined : value), schema.optional());
const withDefault = <T extends z.ZodType>(schema: T, value: z.input<T>) =>
  z.preprocess((given) => (given === undefined || given === '' ? value : given), schema);

const common = {
  DATA_DIR: withDefault(
    z.string().transform((dir) => resolve(dir)),
    '.data',
  ),
  HOST: withDefault(
    z.string().refine((host) => LOOPBACK.test(host), {
      error:
        'must be a loopback address: without sign-in Parley serves this machine only (put it behind a proxy that signs in)',
    }),
    '127.0.0.1',
  ),
  PORT: withDefault(Port, 3000),
  GATEWAY_PORT: withDefault(Port, 3001),
  PUBLIC_URL: optional(z.url()),
  GATEWAY_PUBLIC_URL: optional(z.url()),
  TEMPORAL_ADDRESS: optional(z.string()),
  TEMPORAL_PORT: withDefault(Port, 7233),
  TEMPORAL_NAMESPACE: withDefault(z.string(), 'default'),
  TEMPORAL_TASK_QUEUE: withDefault(z.string(), 'parley'),
};

export const StoreEnv = z.object({ DATA_DIR: common.DATA_DIR });
export type StoreEnv = z.infer<typeof StoreEnv>;

export const WebEnv = z.object({ ...common, TEMPORAL_UI_URL: optional(z.url()) });
export type WebEnv = z.infer<typeof WebEnv>;

export const WorkerEnv = z.object({
  ...common,
  /** A worker without a gateway joins one that has it: a rolling deploy. */
  GATEWAY: withDefault(z.enum(['on', 'off']), 'on'),
  WORKFLOW_BUNDLE: optional(z.string()),
  MODEL_SOURCE: optional(z.enum(['openai', 'local', 'embedded'])),
  OPENAI_API_KEY: optional(z.string()),
  OPENAI_BASE_URL: optional(z.url()),
  OPENAI_MODEL: optional(z.string()),
  EMBEDDED_MODEL_URL: optional(z.url()),
  EMBEDDED_MODEL_FILE: optional(z.string()),
  /** Whether the server goes on with a final assistant message; unset: as `worker/model/continues.ts` knows it. */
  MODEL_CONTINUES: optional(z.enum(['0', '1'])),
  MODEL_CONTEXT_TOKENS: optional(z.coerce.number().int().min(256)),
  MODEL_FIRST_TOKEN_TIMEOUT_MS: withDefault(Ms, 120_000),
  MODEL_IDLE_TIMEOUT_MS: withDefault(Ms, 60_000),
});
export type WorkerEnv = z.infer<typeof WorkerEnv>;

/** Parses `process.env`. Throws one readable line that names each wrong variable and what it must be. */
export function parseEnv<T extends z.ZodType>(schema: T): z.infer<T> {
  const parsed = schema.safeParse(process.env);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
  throw new Error(`Wrong configuration: ${wrong.join('; ')}`);
}

/**
 * The exit code of a process whose environment or store is wrong (EX_CONFIG of sysexits.h): starting it again would not
 * help, so a supervisor does not.
 */
export const EXIT_CONFIG = 78;

export const isLoopback = (hostname: string) => LOOPBACK.test(hostname);
