import type { IncomingMessage } from 'node:http';
import { isLoopback, type WorkerEnv } from '#lib/env.ts';

/**
 * Who may open a socket: a page of ours, by its Origin, under a Host that is ours, which keeps names that are rebound to
 * this machine out [SEC2]. No Origin at all is no browser's page, and allowed.
 */
export function admits(env: Pick<WorkerEnv, 'PORT' | 'PUBLIC_URL' | 'GATEWAY_PUBLIC_URL'>) {
  const publicOrigin = env.PUBLIC_URL && new URL(env.PUBLIC_URL).origin;
  const publicHost = env.GATEWAY_PUBLIC_URL && new URL(env.GATEWAY_PUBLIC_URL).host;
  return ({ headers: { host, origin } }: IncomingMessage): boolean => {
    const ownHost = host !== undefined && (host === publicHost || isLoopback(hostnameOf(`http://${host}`)));
    return ownHost && (origin === undefined || origin === publicOrigin || isOwnPage(origin, env.PORT));
  };
}

function isOwnPage(origin: string, port: number): boolean {
  if (!URL.canParse(origin)) return false; // "null", or no origin at all
  const url = new URL(origin);
  return url.protocol === 'http:' && isLoopback(url.hostname) && Number(url.port || 80) === port;
}

const hostnameOf = (url: string) => (URL.canParse(url) ? new URL(url).hostname : '');
