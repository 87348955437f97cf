/** `next dev` puts code and styles into the page as it goes; a production page never does. */
const isDev = process.env.NODE_ENV === 'development';

/**
 * What a page may run, draw and connect to: its own, and the gateway. `nonce` is new with each page and marks Next's own
 * scripts; what they load is trusted with them.
 */
export function contentPolicy(nonce: string, gateway: string): string {
  const socket = gateway.replace(/^http/, 'ws');
  return [
    `default-src 'self'`,
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${isDev ? ` 'unsafe-eval'` : ''}`,
    isDev ? `style-src 'self' 'unsafe-inline'` : `style-src 'self' 'nonce-${nonce}'`,
    // Libraries place menus and code by style attributes; those cannot run anything.
    `style-src-attr 'unsafe-inline'`,
    `img-src 'self'`,
    `font-src 'self'`,
    `connect-src 'self' ${gateway} ${socket}`,
    `object-src 'none'`,
    `base-uri 'none'`,
    `frame-ancestors 'none'`,
    `form-action 'self'`,
  ].join('; ');
}
