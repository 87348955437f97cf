import { afterAll, beforeAll, expect, test } from 'vitest';
import { call } from '#tests/support/http-call.ts';
import { startWeb, type Web } from '#tests/support/web.ts';

let web: Web;
beforeAll(async () => void (web = await startWeb({ env: { GATEWAY_PORT: '4999' } })));
afterAll(() => web.stop());

const policyOf = (csp: unknown) =>
  Object.fromEntries(
    String(csp)
      .split('; ')
      .map((rule) => [rule.split(' ')[0], rule.split(' ').slice(1)]),
  );

test('[SEC3] a page carries a policy with a nonce of its own, and every script in it has that nonce', async () => {
  const nonces = new Set<string>();
  for (const path of ['/', '/c/0199c0de-0000-7000-8000-000000000000', '/nowhere']) {
    const { headers, text } = await call(web.port, path);
    const policy = policyOf(headers['content-security-policy']);
    const nonce = /^'nonce-([\w-]{22,})'$/.exec(policy['script-src']?.[1] ?? '')?.[1] ?? 'none';
    nonces.add(nonce);
    expect(policy).toMatchObject({
      'default-src': ["'self'"],
      'script-src': ["'self'", `'nonce-${nonce}'`, "'strict-dynamic'"],
      'style-src': ["'self'", `'nonce-${nonce}'`],
      'img-src': ["'self'"],
      'object-src': ["'none'"],
      'base-uri': ["'none'"],
      'frame-ancestors': ["'none'"],
      'form-action': ["'self'"],
    });
    const scripts = text.match(/<script\b[^>]*>/g) ?? [];
    expect(scripts.length).toBeGreaterThan(0);
    for (const script of scripts) expect(script).toContain(`nonce="${nonce}"`);
    expect(text).not.toMatch(/<[^>]+\son\w+=/);
  }
  expect(nonces.size).toBe(3);
});

test.each([
  ['localhost:3000', ['http://localhost:4999', 'ws://localhost:4999']],
  ['127.0.0.1:3000', ['http://127.0.0.1:4999', 'ws://127.0.0.1:4999']],
  ['[::1]:3000', ['http://[::1]:4999', 'ws://[::1]:4999']],
])('[SEC3] a page asked for as %s may connect to itself and to the gateway there', async (host, gateway) => {
  const { headers } = await call(web.port, '/', { headers: { host } });
  expect(policyOf(headers['content-security-policy'])['connect-src']).toEqual(["'self'", ...gateway]);
});

test('[SEC3] a gateway that browsers see elsewhere is named so, whatever its path', async () => {
  const there = await startWeb({ env: { GATEWAY_PUBLIC_URL: 'https://live.example.org/x' } });
  try {
    const { headers } = await call(there.port, '/');
    const allowed = ["'self'", 'https://live.example.org', 'wss://live.example.org'];
    expect(policyOf(headers['content-security-policy'])['connect-src']).toEqual(allowed);
  } finally {
    await there.stop();
  }
});

test('[SEC3] pages and calls may not be framed, guessed at or kept', async () => {
  for (const path of ['/', '/api/conversations']) {
    const { headers } = await call(web.port, path);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'same-origin',
      'cache-control': expect.stringContaining('no-store'),
    });
    expect(headers['x-powered-by']).toBeUndefined();
  }
});
