import { isLoopback, type WebEnv } from '#lib/env.ts';

type Request = { headers: Headers };
type PublicUrl = Pick<WebEnv, 'PUBLIC_URL'>;

/** A name or an IPv4, or an IPv6 in brackets, and a port: what may stand in a Host header, and no more of a URL. */
const HOST = /^([\w.-]+|\[[\da-f:.]+\])(:\d{1,5})?$/i;

/** As URLs write it: in lower case and without the protocol's own port. Null when it is no host. */
function hostOf(request: Request, protocol: string): { host: string; hostname: string } | null {
  const given = request.headers.get('host') ?? '';
  const url = HOST.test(given) && URL.parse(`${protocol}//${given}`);
  return url ? { host: url.host, hostname: url.hostname } : null;
}

/**
 * Whether the request names us as its host. Any other name that leads here is somebody else's, bound to our address so
 * that their page may read ours (DNS rebinding).
 */
export function isOurHost(request: Request, { PUBLIC_URL }: PublicUrl): boolean {
  const ours = PUBLIC_URL === undefined ? null : new URL(PUBLIC_URL);
  const asked = hostOf(request, ours?.protocol ?? 'http:');
  return asked !== null && (isLoopback(asked.hostname) || asked.host === ours?.host);
}

/** Whether a page of ours sent this. Programs send no Origin; a page without one of its own (a file, a sandbox) sends `null`. */
export function isOurOrigin(request: Request, { PUBLIC_URL }: PublicUrl): boolean {
  const given = request.headers.get('origin');
  if (given === null) return true;
  const origin = URL.parse(given);
  if (!origin || !/^https?:$/.test(origin.protocol)) return false;
  if (PUBLIC_URL !== undefined && origin.origin === new URL(PUBLIC_URL).origin) return true;
  return origin.host === hostOf(request, origin.protocol)?.host;
}

/** Where this request's browser finds the gateway: known at run time alone, as ports may move. */
export function gatewayUrl(request: Request, env: Pick<WebEnv, 'GATEWAY_PUBLIC_URL' | 'GATEWAY_PORT'>): string {
  if (env.GATEWAY_PUBLIC_URL !== undefined) return new URL(env.GATEWAY_PUBLIC_URL).origin;
  return `http://${hostOf(request, 'http:')?.hostname ?? 'localhost'}:${env.GATEWAY_PORT}`;
}
