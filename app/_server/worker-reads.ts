import { webEnv } from './web-env.ts';

/**
 * What the worker says of itself, by the gateway that lives in it: JSON. Throws when it does not answer within `ms`. It is
 * asked where it listens: the way of browsers leads through a proxy that lets nobody in who has not signed in.
 */
export async function readFromWorker(path: '/health' | '/models', ms: number): Promise<unknown> {
  const { HOST, GATEWAY_PORT } = webEnv();
  const host = HOST.includes(':') && !HOST.startsWith('[') ? `[${HOST}]` : HOST;
  const url = new URL(path, `http://${host}:${GATEWAY_PORT}`);
  const answer = await fetch(url, { signal: AbortSignal.timeout(ms), cache: 'no-store', redirect: 'error' });
  if (!answer.ok) throw new Error(`The worker answered ${answer.status}.`);
  return answer.json();
}
