import { expect, test } from 'vitest';
import { methods, unknownPath } from '#app/_server/methods.ts';
import { respond } from '#app/_server/respond.ts';

/* In this process; that every route is made so, tests/api shows. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
const read = methods({ GET: respond({}, async () => ({ status: 200, body: {} })) });

const call = (handlers: typeof read, method: (typeof METHODS)[number]) =>
  handlers[method](new Request('http://localhost:3000/api/any', { method, headers: { host: 'localhost' } }), {
    params: Promise.resolve({}),
  });

test('[API4] a method that a route does not have is 405 in JSON, with those that it has', async () => {
  for (const method of METHODS) {
    const answer = await call(read, method);
    if (method === 'GET' || method === 'HEAD') {
      expect(answer.status, method).toBe(200);
      continue;
    }
    expect(answer.status, method).toBe(405);
    expect(answer.headers.get('allow')).toBe('GET, HEAD');
    expect(await answer.json()).toMatchObject({ error: { code: 'method_not_allowed' } });
  }
});

test('[API4] an unknown path is 404 in JSON for every method', async () => {
  for (const method of METHODS) {
    const answer = await call(unknownPath(), method);
    expect(answer.status, method).toBe(404);
    expect(await answer.json()).toMatchObject({ error: { code: 'not_found' } });
  }
});
