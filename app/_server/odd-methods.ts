import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';

const KNOWN: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/**
 * Methods that Next does not know (TRACE, PROPFIND…) never reach a route: it answers them itself, with an empty 400 or
 * a 500. Under /api they are taken for OPTIONS, which is 405 in JSON like every method that a route does not have.
 */
export function answerOddMethods(): void {
  subscribe('http.server.request.start', (message) => {
    const { request } = message as { request: IncomingMessage };
    if (request.url?.startsWith('/api') && !KNOWN.has(request.method ?? '')) request.method = 'OPTIONS';
  });
}
