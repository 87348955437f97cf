import { getJson } from './http.mjs';
import { LOOPBACK } from './settings.mjs';

/** @typedef {import('./settings.mjs').Env} Env */
/** @typedef {{ source: 'openai' | 'local' | 'embedded', env: Env, line: string }} ModelChoice */

const LOCAL_SERVERS = [
  { name: 'Ollama', port: 11434 },
  { name: 'LM Studio', port: 1234 },
  { name: 'llama.cpp', port: 8080 },
];
/** All are asked at once; longer would be felt at every start. */
const PROBE_MS = 500;
const NO_CHAT = /embed|rerank|whisper|tts|bge-|minilm|\be5-|\bgte-|stable-diffusion|clip/i;

/**
 * Where answers come from: what the environment names, else a server on this computer, else the embedded model.
 * @param {Env} env
 * @param {(port: number) => Promise<string[]>} [list] the ids that a local server offers, none when there is no server
 * @returns {Promise<ModelChoice>}
 */
export async function chooseModel(env, list = listModels) {
  if (env.OPENAI_API_KEY || env.OPENAI_BASE_URL) {
    return {
      source: 'openai',
      env: { MODEL_SOURCE: 'openai' },
      line: `Model: ${env.OPENAI_MODEL || "the provider's default"}, as the environment says.`,
    };
  }
  if (env.EMBEDDED_MODEL_FILE) return { ...EMBEDDED, line: `Model: ${env.EMBEDDED_MODEL_FILE}, on this computer.` };
  if (env.MODEL_SOURCE === 'embedded') return EMBEDDED;
  const offers = await Promise.all(
    LOCAL_SERVERS.map(async (server) => ({ ...server, model: chatModel(await list(server.port), env.OPENAI_MODEL) })),
  );
  const offer = offers.find(({ model }) => model !== undefined);
  if (!offer?.model) return EMBEDDED;
  return {
    source: 'local',
    env: { MODEL_SOURCE: 'local', OPENAI_BASE_URL: `http://${LOOPBACK}:${offer.port}/v1`, OPENAI_MODEL: offer.model },
    line: `Model: ${offer.model} of ${offer.name} on this computer.`,
  };
}

/** @type {ModelChoice} */
const EMBEDDED = {
  source: 'embedded',
  env: { MODEL_SOURCE: 'embedded' },
  line: 'Model: the small one that comes with Parley, on this computer.',
};

/**
 * The first that can chat; when a person named one, that one or none.
 * @param {string[]} ids
 * @param {string | undefined} named
 */
export function chatModel(ids, named) {
  if (named) return ids.find((id) => id === named);
  return ids.find((id) => !NO_CHAT.test(id));
}

/** @param {number} port */
async function listModels(port) {
  const answer = await getJson(`http://${LOOPBACK}:${port}/v1/models`, PROBE_MS);
  const { data } = /** @type {{ data?: unknown }} */ ((answer?.status === 200 && answer.body) || {});
  /** @type {unknown[]} */
  const offered = Array.isArray(data) ? data : [];
  return offered.flatMap((entry) =>
    entry !== null && typeof entry === 'object' && 'id' in entry && typeof entry.id === 'string' ? [entry.id] : [],
  );
}
