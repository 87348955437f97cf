import { NextResponse, type NextRequest } from 'next/server';
import { gatewayUrl, isOurHost } from '#app/_server/addresses.ts';
import { webLog } from '#app/_server/app.ts';
import { contentPolicy } from '#app/_server/content-policy.ts';
import { whoAsked } from '#app/_server/refusal-log.ts';
import { webEnv } from '#app/_server/web-env.ts';

/** Every page goes through here. The API makes its own checks, and files are the same for everybody. */
export const config = { matcher: ['/((?!api/|api$|_next/static/|_next/image|favicon\\.ico$).*)'] };

/** Refuses foreign hosts, and gives each page a policy with a nonce of its own, which Next takes from the request's header. */
export function proxy(request: NextRequest): NextResponse {
  const env = webEnv();
  if (!isOurHost(request, env)) {
    webLog().info(
      { status: 421, code: 'unknown_host', ...whoAsked(request) },
      'refused a page; nothing was told of it',
    );
    const words = 'Parley is not served under this name. Use localhost, or set PUBLIC_URL.\n';
    return new NextResponse(words, {
      status: 421,
      headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
    });
  }
  const policy = contentPolicy(crypto.randomUUID(), gatewayUrl(request, env));
  const headers = new Headers(request.headers);
  headers.set('content-security-policy', policy);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set('content-security-policy', policy);
  return response;
}
