import { v7 } from 'uuid';
import { expect, test } from 'vitest';
import { respond } from '#app/_server/respond.ts';
import { SendTurn } from '#lib/protocol/command.ts';
import { LIMITS } from '#lib/protocol/limits.ts';

/*
 * The checks before every verb, in this process: what they are to the built app, tests/api shows. A verb that is reached
 * answers with what it was given.
 */
const told = respond({ body: SendTurn }, async ({ body }) => ({ status: 202, body }));
const broken = respond({}, async () => {
  throw new Error('a secret of our insides');
});
const read = respond({}, async () => ({ status: 200, body: {} }));

const HEADERS = { host: 'localhost:3000', 'content-type': 'application/json' };
const command = () => JSON.stringify({ id: v7(), prompt: 'x' });

type Sent = { method?: string; headers?: Record<string, string>; body?: BodyInit };

async function answerOf(verb: typeof told, { method = 'POST', headers = {}, body }: Sent = {}) {
  const init = { method, headers: { ...HEADERS, ...headers }, ...(body !== undefined && { body, duplex: 'half' }) };
  const answer = await verb(new Request('http://localhost:3000/api/any', init), { params: Promise.resolve({}) });
  const { error } = (await answer.json()) as { error?: { code: string; message: string } };
  return { status: answer.status, code: error?.code, message: error?.message };
}

const send = (sent: Sent = {}) => answerOf(told, { body: command(), ...sent });

test('a call that is well reaches its verb', async () => {
  expect((await send()).status).toBe(202);
  expect((await answerOf(read, { method: 'GET' })).status).toBe(200);
});

test.each(['evil.example', 'localhost.evil.example', 'localhost:80@evil.example', 'localhost/..', ''])(
  '[SEC1] under the Host “%s” nothing is answered',
  async (host) => {
    expect(await send({ headers: { host } })).toMatchObject({ status: 421, code: 'unknown_host' });
    expect(await answerOf(read, { method: 'GET', headers: { host } })).toMatchObject({ status: 421 });
  },
);

test.each(['null', 'https://evil.example', 'http://localhost:3001', 'http://127.0.0.1:3000', 'file://'])(
  '[SEC1] a change from a page at %s is refused, a look is not',
  async (origin) => {
    expect(await send({ headers: { origin } })).toMatchObject({ status: 403, code: 'foreign_origin' });
    expect((await answerOf(read, { method: 'GET', headers: { origin } })).status).toBe(200);
  },
);

test('[SEC1] a change from our own page is taken', async () => {
  expect((await send({ headers: { origin: 'http://localhost:3000' } })).status).toBe(202);
});

test.each([
  ['another type', { 'content-type': 'text/plain' }],
  ['another charset', { 'content-type': 'application/json; charset=latin1' }],
  ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
  ['a compressed body', { 'content-encoding': 'gzip' }],
])('[API3] %s is not read', async (_, headers) => {
  expect(await send({ headers })).toMatchObject({ status: 415, code: 'unsupported_media_type' });
});

/** Bytes as they come from a client that does not say how many; `read` counts what was taken of them. */
function flowing(pieces: number) {
  const taken = { pieces: 0 };
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (taken.pieces++ < pieces) controller.enqueue(new Uint8Array(1024).fill(0x20));
      else controller.close();
    },
  });
  return { body, taken };
}

test('[API3] a body that says that it is longer than 256 KiB is not even read', async () => {
  const { body, taken } = flowing(1);
  const answer = await send({ body, headers: { 'content-length': String(LIMITS.bodyBytes + 1) } });
  expect(answer).toMatchObject({ status: 413, code: 'body_too_large' });
  expect(taken.pieces).toBeLessThanOrEqual(1); // what a stream holds ready by itself
});

test('[API3] a body that does not say its length is read up to 256 KiB', async () => {
  const { body, taken } = flowing(100_000);
  expect(await send({ body })).toMatchObject({ status: 413, code: 'body_too_large' });
  expect(taken.pieces).toBeLessThan(300);
});

test('[API2] bytes that are not UTF-8 are refused', async () => {
  const body = Buffer.concat([
    Buffer.from('{"id":"'),
    Buffer.from(v7()),
    Buffer.from('","prompt":"'),
    Buffer.from([0xff]),
  ]);
  expect(await send({ body: Buffer.concat([body, Buffer.from('"}')]) })).toMatchObject({
    status: 400,
    code: 'invalid_utf8',
  });
});

test('[API1] what its schema refuses is refused by the name of the field', async () => {
  expect(await send({ body: '{"prompt":"x"}' })).toMatchObject({ status: 400, code: 'invalid_body' });
  expect(await send({ body: '{' })).toMatchObject({ status: 400, code: 'invalid_json' });
});

test('[API1] trouble of ours is told without our insides', async () => {
  const answer = await answerOf(broken);
  expect(answer).toMatchObject({ status: 500, code: 'internal' });
  expect(answer.message).not.toMatch(/secret/);
});
