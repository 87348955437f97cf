import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call, post } from '#tests/support/http-call.ts';
import { until } from '#tests/support/until.ts';
import { startWeb, type Web } from '#tests/support/web.ts';

let web: Web;
beforeAll(async () => void (web = await startWeb()));
afterAll(() => web.stop());

type Line = Record<string, unknown> & { msg: string };

const lines = (): Line[] =>
  web
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Line);

/** The one line that this brought about, as soon as it is there. */
async function lineOf(act: () => Promise<unknown>, code: string): Promise<Line> {
  const before = lines().length;
  await act();
  const found = await until(() => {
    const news = lines()
      .slice(before)
      .filter((line) => line['code'] === code);
    return news.length > 0 && news;
  });
  expect(found).toHaveLength(1);
  return found[0]!;
}

const SECRET = 'amber-anchor-velvet';
const turnsOf = (id: string) => `/api/conversations/${id}/turns`;

test('[OBS1] [OBS3] a refused call is one line with its code and ids, and no word of it', async () => {
  const [conversationId, turnId] = [randomUUID(), randomUUID()];
  const refused: [string, number, () => Promise<unknown>][] = [
    ['invalid_body', 400, () => post(web.port, turnsOf(conversationId), { id: turnId, prompt: 7, note: SECRET })],
    [
      'prompt_too_long',
      413,
      () => post(web.port, turnsOf(conversationId), { id: turnId, prompt: SECRET.repeat(2_000) }),
    ],
    [
      'bad_parent',
      400,
      () => post(web.port, turnsOf(conversationId), { id: turnId, prompt: SECRET, parentId: turnId }),
    ],
    ['not_found', 404, () => call(web.port, `/api/conversations/${conversationId}`, { method: 'DELETE' })],
    ['method_not_allowed', 405, () => call(web.port, `/api/conversations?q=${SECRET}`, { method: 'PUT' })],
  ];
  for (const [code, status, act] of refused) {
    const line = await lineOf(act, code);
    expect(line).toMatchObject({ level: 30, part: 'web', status, code, msg: 'refused; nothing was changed' });
    if (status !== 405) expect(line).toMatchObject({ conversationId });
  }
  expect((await lineOf(() => call(web.port, `/api/${SECRET}`), 'not_found'))['method']).toBe('GET');
  expect(web.output()).not.toContain(SECRET);
});

test('[OBS1] who was not let in is named, for whoever must set PUBLIC_URL', async () => {
  const foreign = { origin: 'http://elsewhere.example' };
  const send = () => post(web.port, turnsOf(randomUUID()), { id: randomUUID(), prompt: SECRET }, foreign);
  expect(await lineOf(send, 'foreign_origin')).toMatchObject({ status: 403, ...foreign });
  const headers = { host: 'elsewhere.example' };
  for (const path of ['/api/conversations', '/'])
    expect(await lineOf(() => call(web.port, path, { headers }), 'unknown_host')).toMatchObject({
      status: 421,
      ...headers,
    });
  expect(web.output()).not.toContain(SECRET);
});

test('[OBS1] a signal that Temporal did not take is one line that says who sends it again', async () => {
  const id = randomUUID();
  await post(web.port, turnsOf(randomUUID()), { id, prompt: SECRET });
  const told = await until(() => lines().find((line) => line['turnId'] === id), { timeoutMs: 20_000 });
  expect(told.msg).toMatch(/Temporal was not told \(turnRequested\); .*outbox tells it again/);
  expect(web.output()).not.toContain(SECRET);
});
