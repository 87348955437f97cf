import { expect, test } from 'vitest';
import { LIMITS } from '#lib/protocol/limits.ts';
import { bounded } from '#worker/model/bounded.ts';

const MIB = 1024 * 1024;

function answer(pieces: Iterable<string>, status = 200): Response {
  const encoder = new TextEncoder();
  const from = pieces[Symbol.iterator]();
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const next = from.next();
      if (next.done) controller.close();
      else controller.enqueue(encoder.encode(next.value));
    },
  });
  return bounded(new Response(body, { status }));
}

async function lengthOf(response: Response): Promise<number> {
  let length = 0;
  for await (const piece of response.body!) length += piece.length;
  return length;
}

function* repeated(piece: string, times: number): Generator<string> {
  for (let at = 0; at < times; at++) yield piece;
}

test.each([
  ['\n\n', ['\n\n']],
  ['\\r\\n\\r\\n', ['\r\n\r\n']],
  ['\\n | \\n', ['\n', '\n']],
  ['\\r\\n\\r | \\n', ['\r\n\r', '\n']],
  ['\\r | \\n | \\r | \\n', ['\r', '\n', '\r', '\n']],
])('[ACT9] an answer of any length passes while its events end: %j', async (_, end) => {
  const rounds = LIMITS.providerEventBytes / MIB + 2;
  const pieces = Array.from({ length: rounds }, () => ['a'.repeat(MIB), ...end]).flat();
  expect(await lengthOf(answer(pieces))).toBe(rounds * (MIB + end.join('').length));
});

test('[ACT9] an event of just the limit passes, and one more byte is given up in words', async () => {
  const whole = [...repeated('a'.repeat(MIB), LIMITS.providerEventBytes / MIB)];
  expect(await lengthOf(answer(whole))).toBe(LIMITS.providerEventBytes);
  await expect(lengthOf(answer([...whole, 'a']))).rejects.toMatchObject({
    error: { code: 'event_too_large', message: expect.stringMatching(/^[A-Z].+\.$/) },
    retries: false,
  });
});

test('[ACT9] the body of a refusal has that limit as a whole', async () => {
  await expect(lengthOf(answer(repeated('a line\n\n'.repeat(MIB / 8), 17), 500))).rejects.toMatchObject({
    error: { code: 'event_too_large' },
  });
});

test('an answer without a body, and all but the body of any other, stays as it is', async () => {
  expect(bounded(new Response(null, { status: 204 })).status).toBe(204);
  const kept = bounded(new Response('no', { status: 429, headers: { 'retry-after': '7' } }));
  expect([kept.status, kept.headers.get('retry-after'), await kept.text()]).toEqual([429, '7', 'no']);
});
