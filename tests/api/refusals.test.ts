import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { LIMITS } from '#lib/protocol/limits.ts';
import { call, post, type Answered } from '#tests/support/http-call.ts';
import { startWeb, type Web } from '#tests/support/web.ts';

let web: Web;
beforeAll(async () => void (web = await startWeb()));
afterAll(() => web.stop());

const turnsOf = (conversationId: string) => `/api/conversations/${conversationId}/turns`;
const send = (body: unknown, conversationId: string = randomUUID()) => post(web.port, turnsOf(conversationId), body);
const words = (prompt: string) => ({ id: randomUUID(), prompt });

function expectRefusal(answer: Answered, status: number, message = /\S/): void {
  expect(answer.status, answer.text).toBe(status);
  expect(answer.headers['content-type']).toMatch(/^application\/json/);
  expect(answer.headers['cache-control']).toBe('no-store');
  expect(answer.body).toEqual({
    error: { code: expect.stringMatching(/^[a-z0-9_]+$/), message: expect.stringMatching(message) },
  });
  expect(answer.text).not.toMatch(/\bat .+:\d+|node_modules|\.ts\b/); // no stack
}

afterEach(async () => {
  const { status, body } = await send(words('Are you well?'));
  expect({ status, body }).toMatchObject({ status: 202, body: { status: 'queued', prompt: 'Are you well?' } });
});

describe('[API1] a send', () => {
  const id = randomUUID();
  test.each([
    ['no object', [], /The body must be of type object/],
    ['null', null, /The body must be of type object/],
    ['a number', 7, /The body must be of type object/],
    ['an empty object', {}, /id must be a UUID/],
    ['an id that is a number', { id: 7, prompt: 'x' }, /id must be a UUID/],
    ['an id that is no UUID', { id: 'abc', prompt: 'x' }, /id must be a UUID/],
    ['no prompt', { id }, /prompt is missing/],
    ['a prompt that is a number', { id, prompt: 1 }, /prompt must be of type string/],
    ['a prompt that is an object', { id, prompt: { text: 'x' } }, /prompt must be of type string/],
    ['an empty prompt', { id, prompt: '' }, /prompt must not be empty/],
    ['a white prompt', { id, prompt: ' \t\n\u00a0\u3000' }, /prompt must not be empty/],
    ['another mode', { id, prompt: 'x', mode: 'shout' }, /mode must be one of queue, interject/],
    ['a parent that is no UUID', { id, prompt: 'x', parentId: 'root' }, /parentId must be a UUID/],
    ['a parent that is a number', { id, prompt: 'x', parentId: 3 }, /parentId must be a UUID/],
    ['a parent that is not there', { id, prompt: 'x', parentId: randomUUID() }, /parentId must name a turn/],
  ])('with %s is refused by the name of what is wrong', async (_, body, message) => {
    expectRefusal(await send(body), 400, message);
  });

  test('[API3] of a prompt one unit too long is 413, of the longest one is taken', async () => {
    expectRefusal(
      await send(words('x'.repeat(LIMITS.promptLength + 1))),
      413,
      /prompt must be at most 32000 characters/,
    );
    expect((await send(words('x'.repeat(LIMITS.promptLength)))).status).toBe(202);
  });

  test.each([
    ['broken JSON', '{"id":'],
    ['nothing', ''],
    ['a word', 'hello'],
    ['single quotes', "{'id': 1}"],
  ])('of %s is refused', async (_, body) => {
    const headers = { 'content-type': 'application/json' };
    expectRefusal(
      await call(web.port, turnsOf(randomUUID()), { method: 'POST', headers, body }),
      400,
      /not valid JSON/,
    );
  });

  test.each([
    'text/plain',
    'text/plain;charset=UTF-8',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/json; charset=latin1',
    'application/jsonp',
    'text/json, application/json',
    '',
  ])('as %j is 415', async (type) => {
    const body = JSON.stringify(words('x'));
    const answer = await call(web.port, turnsOf(randomUUID()), {
      method: 'POST',
      headers: { 'content-type': type },
      body,
    });
    expectRefusal(answer, 415, /application\/json/);
  });

  test('without a content type, or compressed, is 415', async () => {
    const body = JSON.stringify(words('x'));
    expectRefusal(await call(web.port, turnsOf(randomUUID()), { method: 'POST', body }), 415);
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    expectRefusal(await call(web.port, turnsOf(randomUUID()), { method: 'POST', headers, body }), 415);
  });

  test.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"'])(
    'as %s is taken',
    async (type) => {
      expect((await post(web.port, turnsOf(randomUUID()), words('x'), { 'content-type': type })).status).toBe(202);
    },
  );

  test('[SEND2] with the id of another turn is 409: other prompt, mode, parent or conversation', async () => {
    const conversationId = randomUUID();
    const first = words('first');
    expect((await send(first, conversationId)).status).toBe(202);
    expectRefusal(await send({ ...first, prompt: 'second' }, conversationId), 409, /another one/);
    expectRefusal(await send({ ...first, mode: 'interject' }, conversationId), 409);
    expectRefusal(await send({ ...first, parentId: null }, conversationId), 409);
    expectRefusal(await send(first), 409);
    expect((await send(first, conversationId)).status).toBe(202);
  });

  test('[SEND3] is 429 when twenty wait', async () => {
    const conversationId = randomUUID();
    for (let n = 1; n <= LIMITS.waitingTurns; n++) expect((await send(words(`${n}`), conversationId)).status).toBe(202);
    expectRefusal(await send(words('one more'), conversationId), 429, /wait/);
  });

  test('[SEND3] to a deleted conversation is 410', async () => {
    const conversationId = randomUUID();
    await send(words('first'), conversationId);
    await call(web.port, `/api/conversations/${conversationId}`, { method: 'DELETE' });
    expectRefusal(await send(words('second'), conversationId), 410, /deleted/);
  });
});

describe('[API1] an id in the path', () => {
  const bad = ['1', 'abc', `${randomUUID()}x`, '..%2f..%2fetc%2fpasswd', '%00', 'ffffffffffffffffffffffffffffffff'];

  test.each(bad)('that is %j is 400', async (id) => {
    const uuid = randomUUID();
    expectRefusal(await call(web.port, `/api/conversations/${id}`), 400, /conversationId must be a UUID/);
    expectRefusal(await call(web.port, `/api/conversations/${id}`, { method: 'DELETE' }), 400);
    expectRefusal(await call(web.port, `/api/conversations/${id}/restore`, { method: 'POST' }), 400);
    expectRefusal(await post(web.port, turnsOf(id), words('x')), 400);
    expectRefusal(await call(web.port, `${turnsOf(id)}/${uuid}/stop`, { method: 'POST' }), 400);
    expectRefusal(
      await call(web.port, `${turnsOf(uuid)}/${id}/stop`, { method: 'POST' }),
      400,
      /turnId must be a UUID/,
    );
  });

  test('is one id in capitals and in small letters, and is read as small ones', async () => {
    const conversationId = randomUUID();
    const turn = words('x');
    const sent = await post(web.port, turnsOf(conversationId.toUpperCase()), { ...turn, id: turn.id.toUpperCase() });
    expect(sent.body).toMatchObject({ id: turn.id, conversationId });
    expect((await call(web.port, `/api/conversations/${conversationId}`)).body).toMatchObject({ id: conversationId });
  });
});

test('[API1] an unknown conversation is 404', async () => {
  const path = `/api/conversations/${randomUUID()}`;
  const title = JSON.stringify({ title: 'x' });
  expectRefusal(await call(web.port, path), 404, /no such conversation/);
  expectRefusal(await call(web.port, path, { method: 'DELETE' }), 404);
  expectRefusal(await call(web.port, `${path}/restore`, { method: 'POST' }), 404);
  const headers = { 'content-type': 'application/json' };
  expectRefusal(await call(web.port, path, { method: 'PATCH', headers, body: title }), 404);
});

test('[API1] a query that is wrong is 400', async () => {
  const path = `/api/conversations/${randomUUID()}`;
  expectRefusal(await call(web.port, `${path}?limit=0`), 400, /limit must be at least 1/);
  expectRefusal(await call(web.port, `${path}?limit=51`), 400, /limit must be at most 50/);
  expectRefusal(await call(web.port, `${path}?limit=many`), 400, /limit must be of type number/);
  expectRefusal(await call(web.port, `${path}?before=now`), 400, /before must be a UUID/);
});

describe('[API4] every path under /api answers every method in JSON:', () => {
  const uuid = randomUUID();
  const ROUTES: [path: string, allow: string][] = [
    ['/api/health', 'GET, HEAD'],
    ['/api/models', 'GET, HEAD'],
    ['/api/conversations', 'GET, HEAD'],
    [`/api/conversations/${uuid}`, 'GET, HEAD, PATCH, DELETE'],
    [`/api/conversations/${uuid}/restore`, 'POST'],
    [`/api/conversations/${uuid}/turns`, 'POST'],
    [`/api/conversations/${uuid}/turns/${uuid}`, 'GET, HEAD, PATCH'],
    [`/api/conversations/${uuid}/turns/${uuid}/stop`, 'POST'],
  ];
  const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'SEARCH'];

  test.each(ROUTES)('%s allows %s alone', async (path, allow) => {
    for (const method of METHODS.filter((name) => !allow.split(', ').includes(name))) {
      const answer = await call(web.port, path, { method });
      if (method === 'HEAD') expect(answer.status).toBe(405);
      else expectRefusal(answer, 405, /method/);
      expect(answer.headers.allow, `${method} ${path}`).toBe(allow);
    }
  });

  test.each([
    '/api',
    '/api/nope',
    '/api/conversations/x/y/z',
    `/api/conversations/${uuid}/turns/${uuid}/x`,
    '/api/health/x',
  ])('%s is 404', async (path) => {
    for (const method of METHODS.filter((name) => name !== 'HEAD')) {
      expectRefusal(await call(web.port, path, { method }), 404, /nothing at this address/);
    }
  });
});
