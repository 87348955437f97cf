import { getJson } from './http.mjs';
import { isAnswered } from './ports.mjs';

const LOOK_MS = 100;
const ANSWER_MS = 2_000;
const MODEL_LOOK_MS = 500;
/** Once the model is ready only its death matters, and the supervisor sees that. */
const MODEL_DONE = ['ok', 'unavailable'];

/** @typedef {{ status?: string, percent?: number, message?: string }} EmbeddedHealth what the model's server says of itself */

/**
 * Waits until `GET /api/health` is 200: a message can be taken. It waits for as long as it takes; whoever waits with it sees for what.
 * @param {string} origin
 * @param {import('./say.mjs').Progress} progress
 */
export async function waitUntilHealthy(origin, progress) {
  for (;;) {
    const answer = await getJson(`${origin}/api/health`, ANSWER_MS);
    if (answer?.status === 200) return;
    progress.detail(describeHealth(answer?.body));
    await pause(LOOK_MS);
  }
}

/**
 * Which parts are not well yet, in words.
 * @param {unknown} body of GET /api/health
 */
export function describeHealth(body) {
  if (body === null || typeof body !== 'object') return 'waiting for the page';
  const unwell = Object.entries(body).flatMap(([name, part]) => {
    if (part === null || typeof part !== 'object' || part.state === undefined || part.state === 'ok') return [];
    return [`${name} ${part.state}${part.detail ? ` (${part.detail})` : ''}`];
  });
  return unwell.join(', ') || 'waiting for the page';
}

/**
 * @param {string} host
 * @param {number} port
 */
export async function waitUntilAnswered(host, port) {
  while (!(await isAnswered(port, host))) await pause(LOOK_MS);
}

/**
 * Shows how the embedded model comes along, until it is ready or cannot be had. The app does not wait for it.
 * @param {string} origin
 * @param {import('./say.mjs').Say} say
 */
export async function showModel(origin, say) {
  const progress = say.progress('preparing the model');
  for (;;) {
    const answer = await getJson(`${origin}/health`, ANSWER_MS);
    const { status = '', percent, message } = /** @type {EmbeddedHealth} */ (answer?.body ?? {});
    if (MODEL_DONE.includes(status)) {
      progress.done(status === 'ok' ? 'the model is ready' : undefined);
      if (status === 'unavailable') say.problem(`The model cannot be had: ${message}`);
      return;
    }
    progress.detail(status === 'downloading' ? `downloading, ${percent} %` : status);
    await pause(MODEL_LOOK_MS);
  }
}

/** @param {number} ms */
function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
