import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
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

type Sent = Turn & { ended: string[] };

async function send(conversationId: string, fields: Record<string, unknown> = {}): Promise<Sent> {
  const { status, body, text } = await post(web.port, `/api/conversations/${conversationId}/turns`, {
    id: randomUUID(),
    prompt: 'Hello.',
    ...fields,
  });
  expect(status, text).toBe(202);
  return body as Sent;
}

async function stop(conversationId: string, turnId: string): Promise<Turn> {
  const { status, body, text } = await call(web.port, `/api/conversations/${conversationId}/turns/${turnId}/stop`, {
    method: 'POST',
  });
  expect(status, text).toBe(200);
  return body as Turn;
}

/** As a worker begins it. */
async function begin(turnId: string): Promise<void> {
  const fence = { runId: 'run', runStartedAt: 1, step: 0, activity: 1, attempt: 1 };
  const opened = await store.log.open({ turnId, step: 0, fence, taskToken: 'token', owner: 'owner', model: 'a model' });
  expect(opened.kind).toBe('opened');
}

test('[SEND1] a send is answered with its turn, at once, while Temporal is away', async () => {
  const conversationId = randomUUID();
  const id = randomUUID();
  const turn = await send(conversationId, { id, prompt: ' Hello. ' });
  expect(web.output()).not.toContain(conversationId); // the line that says the signal was not taken comes later
  expect(turn).toEqual({
    id,
    conversationId,
    parentId: null,
    order: 1,
    mode: 'queue',
    prompt: ' Hello. ',
    status: 'queued',
    reply: '',
    parts: [],
    error: null,
    retry: null,
    model: null,
    usage: null,
    omittedTurns: 0,
    proof: null,
    createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    startedAt: null,
    firstTokenAt: null,
    firstTextAt: null,
    endedAt: null,
    rev: 1,
    ended: [],
  });
});

test('[OB1] a signal that Temporal does not take is left to the outbox', async () => {
  const conversationId = randomUUID();
  const turn = await send(conversationId);
  await expect.poll(() => web.output(), { timeout: 5_000 }).toContain(`"turnId":"${turn.id}"`);
  await expect
    .poll(async () => (await store.outbox.dueSignals()).map(({ turnId }) => turnId), { timeout: 5_000 })
    .toContain(turn.id);
  expect(web.output()).not.toContain('Hello.');
});

test('[SEND2] the same POST twenty times at once is one turn and twenty same answers', async () => {
  const conversationId = randomUUID();
  const fields = { id: randomUUID(), prompt: 'Once.' };
  const answers = await Promise.all(Array.from({ length: 20 }, () => send(conversationId, fields)));
  for (const answer of answers) expect(answer).toEqual(answers[0]);
  const { body } = await call(web.port, `/api/conversations/${conversationId}`);
  expect(body).toMatchObject({ rev: 1, head: fields.id, turns: [{ id: fields.id, prompt: 'Once.' }] });
});

test('[SEND2] the same POST twenty times at once as an interjection ends one turn, and every answer says so', async () => {
  const conversationId = randomUUID();
  const first = await send(conversationId);
  await begin(first.id);
  const fields = { id: randomUUID(), prompt: 'But.', mode: 'interject' };
  const answers = await Promise.all(Array.from({ length: 20 }, () => send(conversationId, fields)));
  for (const answer of answers) expect(answer).toMatchObject({ id: fields.id, parentId: first.id, ended: [first.id] });
  expect(await store.turn(first.id)).toMatchObject({ status: 'interrupted' });
});

test('[SEND4] plain sends stand in one line, in the order in which they were taken', async () => {
  const conversationId = randomUUID();
  const sent = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((prompt) => send(conversationId, { prompt })));
  const { body } = await call(web.port, `/api/conversations/${conversationId}`);
  const { turns } = body as { turns: Turn[] };
  expect(turns.map(({ id }) => id)).toEqual(sent.toSorted((a, b) => a.order - b.order).map(({ id }) => id));
  expect(turns.map(({ parentId }) => parentId)).toEqual([null, ...turns.slice(0, -1).map(({ id }) => id)]);
});

test('[SEND3] parentId names an ended turn, or the root', async () => {
  const conversationId = randomUUID();
  const first = await send(conversationId);
  const path = `/api/conversations/${conversationId}/turns`;
  const early = await post(web.port, path, { id: randomUUID(), prompt: 'x', parentId: first.id });
  expect(early).toMatchObject({ status: 400, body: { error: { code: 'bad_parent' } } });
  await stop(conversationId, first.id);
  expect(await send(conversationId, { parentId: first.id })).toMatchObject({ parentId: first.id });
  expect(await send(conversationId, { parentId: null })).toMatchObject({ parentId: null });
});

test('[STOP1] a Stop is answered with the stopped turn, while Temporal is away; again it changes nothing', async () => {
  const conversationId = randomUUID();
  const turn = await send(conversationId);
  await begin(turn.id);
  const stopped = await stop(conversationId, turn.id);
  expect(stopped).toMatchObject({ id: turn.id, status: 'stopped', proof: { seq: 0, length: 0 } });
  expect(await stop(conversationId, turn.id)).toEqual(stopped);
  await expect.poll(() => web.output(), { timeout: 5_000 }).toContain('Temporal was not told (stopRequested)');
  await expect
    .poll(async () => (await store.outbox.dueStops()).map(({ turnId }) => turnId), { timeout: 5_000 })
    .toContain(turn.id);
});

test('[STOP4] a Stop that overtakes its own send holds: the turn begins stopped, and interrupts nothing', async () => {
  const conversationId = randomUUID();
  const running = await send(conversationId);
  await begin(running.id);
  const id = randomUUID();
  expect(await stop(conversationId, id)).toMatchObject({ id, conversationId, status: 'stopped' });
  expect(await send(conversationId, { id, mode: 'interject' })).toMatchObject({ id, status: 'stopped', ended: [] });
  expect(await store.turn(running.id)).toMatchObject({ status: 'running' });
  expect(await send(conversationId, { id, mode: 'interject' })).toMatchObject({ id, status: 'stopped', ended: [] });
});

test('[STOP4] a Stop may come before its conversation', async () => {
  const conversationId = randomUUID();
  const id = randomUUID();
  expect(await stop(conversationId, id)).toMatchObject({ status: 'stopped' });
  expect(await send(conversationId, { id })).toMatchObject({ status: 'stopped' });
});

test('a Stop of a turn of another conversation is 404', async () => {
  const turn = await send(randomUUID());
  const answer = await call(web.port, `/api/conversations/${randomUUID()}/turns/${turn.id}/stop`, { method: 'POST' });
  expect(answer).toMatchObject({ status: 404, body: { error: { code: 'not_found' } } });
  expect(await store.turn(turn.id)).toMatchObject({ status: 'queued' });
});

// The store begins a new conversation before it judges the send, and keeps it when it refuses.
test('[API1] a refused send leaves no conversation behind', async () => {
  const conversationId = randomUUID();
  const path = `/api/conversations/${conversationId}/turns`;
  expect(await post(web.port, path, { id: randomUUID(), prompt: 'x', parentId: randomUUID() })).toMatchObject({
    status: 400,
  });
  expect(await call(web.port, `/api/conversations/${conversationId}`)).toMatchObject({ status: 404 });
});
