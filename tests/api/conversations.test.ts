import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call, post, type Answered } from '#tests/support/http-call.ts';
import { startWeb, type Web } from '#tests/support/web.ts';

let web: Web;
beforeAll(async () => void (web = await startWeb()));
afterAll(() => web.stop());

const at = (id: string, rest = '') => `/api/conversations/${id}${rest}`;
const get = (path: string) => call(web.port, path);
const remove = (id: string) => call(web.port, at(id), { method: 'DELETE' });
const restore = (id: string) => call(web.port, at(id, '/restore'), { method: 'POST' });
const patch = (id: string, body: unknown) =>
  call(web.port, at(id), {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
const listed = async () =>
  ((await get('/api/conversations')).body as { conversations: { id: string }[] }).conversations;

/** A conversation whose turns have all been stopped; their ids, root first. */
async function conversation(turns = 1): Promise<{ id: string; turnIds: string[] }> {
  const id = randomUUID();
  const turnIds = Array.from({ length: turns }, () => randomUUID());
  for (const [n, turnId] of turnIds.entries()) {
    await post(web.port, at(id, '/turns'), { id: turnId, prompt: `Prompt ${n}.` });
    await call(web.port, at(id, `/turns/${turnId}/stop`), { method: 'POST' });
  }
  return { id, turnIds };
}

const idsIn = ({ body }: Answered) => (body as { turns: { id: string }[] }).turns.map(({ id }) => id);

test('the list holds id, title and time, the newest first', async () => {
  const older = await conversation();
  const newer = await conversation();
  const list = await listed();
  expect(list.slice(0, 2)).toEqual([
    { id: newer.id, title: 'Prompt 0.', updatedAt: expect.stringMatching(/Z$/), listRev: expect.any(Number) },
    { id: older.id, title: 'Prompt 0.', updatedAt: expect.stringMatching(/Z$/), listRev: expect.any(Number) },
  ]);
});

test('a conversation is told with the turns of its current line', async () => {
  const { id, turnIds } = await conversation(3);
  const { status, body } = await get(at(id));
  expect(status).toBe(200);
  expect(body).toEqual({
    id,
    title: 'Prompt 0.',
    rev: expect.any(Number),
    head: turnIds[2],
    paused: false,
    settings: {},
    branches: [],
    hasMore: false,
    turns: turnIds.map((turnId) => expect.objectContaining({ id: turnId, conversationId: id, status: 'stopped' })),
  });
});

test('long conversations come in pages of 50, the last one first', async () => {
  const { id, turnIds } = await conversation(53);
  const last = await get(at(id));
  expect(last.body).toMatchObject({ hasMore: true });
  expect(idsIn(last)).toEqual(turnIds.slice(3));
  const before = await get(at(id, `?before=${turnIds[3]}`));
  expect(before.body).toMatchObject({ hasMore: false });
  expect(idsIn(before)).toEqual(turnIds.slice(0, 3));
  const short = await get(at(id, `?before=${turnIds[3]!.toUpperCase()}&limit=2`));
  expect(short.body).toMatchObject({ hasMore: true });
  expect(idsIn(short)).toEqual(turnIds.slice(1, 3));
});

test('[TREE3] a turn is told to be in the current line; an unknown one is not found', async () => {
  const { id, turnIds } = await conversation(3);
  const known = await get(at(id, `/turns/${turnIds[0]}`));
  expect(known).toMatchObject({ status: 200, body: { id: turnIds[0], isInLine: true } });
  for (const path of [at(id, `/turns/${randomUUID()}`), at(randomUUID(), `/turns/${turnIds[0]}`)]) {
    expect(await get(path)).toMatchObject({ status: 404, body: { error: { code: 'not_found' } } });
  }
});

test('HEAD is answered as GET, without the words', async () => {
  const { id } = await conversation();
  expect(await call(web.port, at(id), { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
  expect(await call(web.port, at(randomUUID()), { method: 'HEAD' })).toMatchObject({ status: 404, text: '' });
});

test('title and head can be changed', async () => {
  const { id, turnIds } = await conversation(2);
  const titled = await patch(id, { title: 'Another' });
  expect(titled).toMatchObject({ status: 200, body: { id, title: 'Another', head: turnIds[1] } });
  expect(await listed()).toContainEqual(expect.objectContaining({ id, title: 'Another' }));
  expect(await patch(id, { head: turnIds[0] })).toMatchObject({ status: 200, body: { head: turnIds[0] } });
  expect(idsIn(await get(at(id)))).toEqual([turnIds[0]]);
});

test.each([
  ['nothing', {}, /names nothing to change/],
  ['an empty title', { title: ' ' }, /title must not be empty/],
  ['a long title', { title: 'x'.repeat(81) }, /title must be at most 80/],
  ['a title that is a number', { title: 1 }, /title must be of type string/],
  ['a head that is no UUID', { head: 'x' }, /head must be a UUID/],
  ['a head of another conversation', { head: randomUUID() }, /head must name a turn/],
])('[API1] a change is refused: %s', async (_, body, message) => {
  const { id } = await conversation();
  const refused = { status: 400, body: { error: { message: expect.stringMatching(message) } } };
  expect(await patch(id, body)).toMatchObject(refused);
});

test('[DEL1] delete hides a conversation and stops its turns; again it is 204', async () => {
  const { id } = await conversation();
  const waiting = randomUUID();
  await post(web.port, at(id, '/turns'), { id: waiting, prompt: 'Waiting.' });
  expect(await remove(id)).toMatchObject({ status: 204, text: '' });
  expect(await remove(id)).toMatchObject({ status: 204, text: '' });
  expect(await get(at(id))).toMatchObject({ status: 404 });
  expect(await patch(id, { title: 'x' })).toMatchObject({ status: 404 });
  expect(await listed()).not.toContainEqual(expect.objectContaining({ id }));
  const stop = await call(web.port, at(id, `/turns/${waiting}/stop`), { method: 'POST' });
  expect(stop).toMatchObject({ status: 404 });
});

test('[DEL2] restore brings a deleted conversation back; of one that is there it changes nothing', async () => {
  const { id, turnIds } = await conversation(2);
  const before = (await get(at(id))).body as { rev: number };
  await remove(id);
  expect(await restore(id)).toMatchObject({ status: 200, body: { id, title: 'Prompt 0.', head: turnIds[1] } });
  expect(idsIn(await get(at(id)))).toEqual(turnIds);
  const { body } = await get(at(id));
  expect((body as { rev: number }).rev).toBeGreaterThan(before.rev);
  expect(await restore(id)).toMatchObject({ status: 200, body: { rev: (body as { rev: number }).rev } });
});

test('[TREE1] [TREE2] a page names branches, and a chosen one is told to its leaf', async () => {
  const { id, turnIds } = await conversation(1);
  const begun = randomUUID();
  await post(web.port, at(id, '/turns'), { id: begun, prompt: 'Edited.', parentId: null });
  // Stopped before it began, the first one is no branch.
  expect((await get(at(id))).body).toMatchObject({ head: begun, branches: [] });
  expect(await patch(id, { head: turnIds[0] })).toMatchObject({ status: 200, body: { head: turnIds[0] } });
});

test('[SET1] settings are begun with, changed and taken back; what is none is refused', async () => {
  const id = randomUUID();
  const settings = { model: 'large', instructions: 'Be brief.', temperature: 0.3 };
  const begin = (over: object) => post(web.port, at(id, '/turns'), { id: randomUUID(), prompt: 'x', ...over });
  for (const wrong of [{ temperature: 2.1 }, { model: ' ' }, { instructions: 'x'.repeat(8_001) }, { colour: 'red' }]) {
    expect(await begin({ settings: wrong })).toMatchObject({ status: 400 });
  }
  expect((await begin({ settings })).status).toBe(202);
  expect((await get(at(id))).body).toMatchObject({ settings });
  expect(await patch(id, { settings: { model: null, temperature: 1 } })).toMatchObject({
    status: 200,
    body: { settings: { instructions: 'Be brief.', temperature: 1 } },
  });
  for (const wrong of [{ temperature: 'hot' }, { model: '' }, { colour: 'red' }]) {
    expect(await patch(id, { settings: wrong })).toMatchObject({ status: 400 });
  }
});
