import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LIMITS } from '#lib/protocol/limits.ts';
import type { Turn } from '#lib/protocol/turn.ts';
import { openStore, type Store } from '#lib/store/store.ts';
import { call, post } from '#tests/support/http-call.ts';
import { startWeb, type Web } from '#tests/support/web.ts';

// Temporal is away in all of these: what is promised here is the store's.
let web: Web;
let store: Store;
beforeAll(async () => {
  web = await startWeb();
  store = openStore({ dataDir: web.dataDir, durable: false });
});
afterAll(async () => {
  await store.close();
  await web.stop();
});

const pathOf = ({ conversationId, id }: { conversationId: string; id: string }) =>
  `/api/conversations/${conversationId}/turns/${id}`;

async function send(conversationId: string, prompt: string): Promise<Turn> {
  const { body } = await post(web.port, `/api/conversations/${conversationId}/turns`, { id: randomUUID(), prompt });
  return body as Turn;
}

const change = (turn: { conversationId: string; id: string }, by: unknown) =>
  call(web.port, pathOf(turn), {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(by),
  });

async function line(conversationId: string): Promise<string[]> {
  const { body } = await call(web.port, `/api/conversations/${conversationId}`);
  return (body as { turns: Turn[] }).turns.map(({ prompt }) => prompt);
}

/** A turn that a worker has begun, and two that wait. */
async function queue() {
  const conversationId = randomUUID();
  const runs = await send(conversationId, 'runs');
  const [a, b] = [await send(conversationId, 'a'), await send(conversationId, 'b')];
  const fence = { runId: 'run', runStartedAt: 1, step: 0, activity: 1, attempt: 1 };
  await store.log.open({ turnId: runs.id, step: 0, fence, taskToken: 'token', owner: 'owner', model: 'a model' });
  return { conversationId, runs, a, b };
}

test('[WAIT2] [WAIT3] what waits is edited and moved', async () => {
  const { conversationId, a, b } = await queue();
  expect(await change(a, { prompt: 'a, edited' })).toMatchObject({ status: 200, body: { prompt: 'a, edited' } });
  expect(await change(b, { before: a.id })).toMatchObject({ status: 200, body: { id: b.id, ended: [] } });
  expect(await line(conversationId)).toEqual(['runs', 'b', 'a, edited']);
  expect((await change(b, { before: null })).status).toBe(200);
  expect(await line(conversationId)).toEqual(['runs', 'a, edited', 'b']);
});

test('[WAIT4] what waits is said now; the same call again is answered as well', async () => {
  const { runs, b } = await queue();
  const said = await change(b, { mode: 'interject' });
  expect(said).toMatchObject({ status: 200, body: { mode: 'interject', ended: [runs.id] } });
  expect((await change(b, { mode: 'interject' })).status).toBe(200);
  expect(await store.turn(runs.id)).toMatchObject({ status: 'interrupted' });
  await expect.poll(() => web.output(), { timeout: 5_000 }).toContain(b.id); // Temporal was not told
});

test('[WAIT1] a turn that has begun is 409, one that is not there 404, a place elsewhere 400', async () => {
  const { conversationId, runs, a } = await queue();
  const refused = (code: string) => ({ body: { error: { code } } });
  expect(await change(runs, { prompt: 'other' })).toMatchObject({ status: 409, ...refused('not_waiting') });
  expect(await change({ conversationId, id: randomUUID() }, { prompt: 'x' })).toMatchObject({
    status: 404,
    ...refused('not_found'),
  });
  expect(await change({ ...a, conversationId: randomUUID() }, { prompt: 'x' })).toMatchObject({ status: 404 });
  expect(await change(a, { before: runs.id })).toMatchObject({ status: 400, ...refused('bad_place') });
});

test.each([
  [{}, 400],
  [{ prompt: 'x', before: null }, 400],
  [{ prompt: ' ' }, 400],
  [{ prompt: 'x'.repeat(LIMITS.promptLength + 1) }, 413],
  [{ before: 'first' }, 400],
  [{ mode: 'queue' }, 400],
  [{ status: 'completed' }, 400],
])('[API1] %j is %i', async (by, status) => {
  const { a } = await queue();
  expect(await change(a, by)).toMatchObject({ status, body: { error: { message: expect.any(String) } } });
  expect(await store.turn(a.id)).toMatchObject({ prompt: 'a', status: 'queued' });
});
