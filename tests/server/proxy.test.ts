import { NextRequest } from 'next/server';
import { expect, test } from 'vitest';
import { proxy } from '../../proxy.ts';

/* What goes before every page, in this process: what it is to the built app, tests/api shows. */
const ask = (host = 'localhost:3000') => proxy(new NextRequest('http://localhost:3000/', { headers: { host } }));
const policyOf = (host?: string) => {
  const rules = (ask(host).headers.get('content-security-policy') ?? '').split('; ').map((rule) => rule.split(' '));
  return Object.fromEntries(rules.map(([name, ...allowed]) => [name, allowed])) as Record<string, string[]>;
};

test('[SEC3] scripts need a nonce that is new with each page, pictures and connections are the app’s own', () => {
  const [one, other] = [policyOf(), policyOf()];
  const nonce = one['script-src']?.find((word) => word.startsWith("'nonce-"));
  expect(nonce).toMatch(/^'nonce-[\w-]{22,}'$/);
  expect(other['script-src']).not.toContain(nonce);
  expect(one['script-src']).toEqual(["'self'", nonce, "'strict-dynamic'"]);
  expect(one).toMatchObject({
    'default-src': ["'self'"],
    'style-src': ["'self'", nonce],
    'img-src': ["'self'"],
    'connect-src': ["'self'", 'http://localhost:3001', 'ws://localhost:3001'],
    'object-src': ["'none'"],
    'base-uri': ["'none'"],
    'frame-ancestors': ["'none'"],
    'form-action': ["'self'"],
  });
});

test('[SEC3] the page that Next draws gets the very policy that its browser gets', () => {
  const { headers } = ask();
  expect(headers.get('x-middleware-request-content-security-policy')).toBe(headers.get('content-security-policy'));
});

test('[SEC1] a page under another name is refused, and nothing is told of it', async () => {
  const refused = ask('evil.example');
  expect(refused.status).toBe(421);
  expect(refused.headers.get('content-security-policy')).toBeNull();
  expect(await refused.text()).toMatch(/^Parley is not served under this name/);
});
