import { randomUUID } from 'node:crypto';
import { describe, expect } from 'vitest';
import { startStep, text, textStart } from '#tests/protocol/events.ts';
import { fenceOf } from '../attempt.ts';
import type { Scene, StoreTest } from '../scene.ts';

const kinds = (answers: { kind: string }[]) => answers.map((answer) => answer.kind).sort();
const openBy = (store: Scene['store'], turnId: string, fence = fenceOf()) =>
  store.log.open({ turnId, step: fence.step, fence, taskToken: 't', owner: 'o', model: 'm' });

export function concurrencyRules(test: StoreTest): void {
  describe('two connections', () => {
    test('[ROW2] of two turns that open at once one runs, the other is behind it', async ({ scene }) => {
      const other = scene.connect();
      const [first, second] = [await scene.send('first'), await scene.send('second')];
      const answers = await Promise.all([openBy(other, second), openBy(scene.store, first), openBy(other, second)]);
      expect(kinds(answers)).toEqual(['behind', 'behind', 'opened']);
      expect([(await scene.turn(first)).status, (await scene.turn(second)).status]).toEqual(['running', 'queued']);
    });

    test('[LOG2] of two attempts that open at once the later one holds the turn', async ({ scene }) => {
      const other = scene.connect();
      const id = await scene.send('hello');
      const attempts = [3, 1, 4, 2].map((attempt) => fenceOf({ attempt }));
      await Promise.all(attempts.map((fence, n) => openBy(n % 2 ? other : scene.store, id, fence)));
      const answers = await Promise.all(
        attempts.map((fence) => scene.store.log.append({ turnId: id, fence, seq: 1, events: [startStep()] })),
      );
      expect(answers.map((answer) => answer.kind)).toEqual(['fenced', 'fenced', 'ok', 'fenced']);
    });

    test('[LOG3] the same append twice at once is taken once', async ({ scene }) => {
      const other = scene.connect();
      const { id, attempt } = await scene.running('hello');
      const request = { turnId: id, fence: attempt.fence, seq: 1, events: [startStep(), textStart(), text('once')] };
      const answers = await Promise.all([
        scene.store.log.append(request),
        other.log.append(request),
        other.log.append(request),
      ]);
      expect(kinds(answers)).toEqual(['duplicate', 'duplicate', 'ok']);
      expect((await scene.turn(id)).reply).toBe('once');
    });

    test('[ROW3] of two ends at once one is the outcome, and both answer it', async ({ scene }) => {
      const other = scene.connect();
      const { id, attempt } = await scene.running('hello', 'text');
      const [stopped, failed, completed] = await Promise.all([
        scene.store.conversations.stop(scene.conversationId, id),
        other.log.end(id, 'failed'),
        attempt.complete(),
      ]);
      const { status } = await scene.turn(id);
      expect([stopped?.turn.status, failed?.status]).toEqual([status, status]);
      expect(completed).toEqual(status === 'completed' ? { kind: 'ok' } : { kind: 'ended', outcome: status });
    });

    test('[SEND2] the same POST twice at once is one turn', async ({ scene }) => {
      const other = scene.connect();
      const { id: running } = await scene.running('hello');
      const command = { id: randomUUID(), prompt: 'now', mode: 'interject' as const };
      const answers = await Promise.all(
        [scene.store, other, scene.store, other].map((store) => store.submit(scene.conversationId, command)),
      );
      for (const answer of answers) expect(answer).toMatchObject({ kind: 'accepted', ended: [running] });
      expect(await scene.line()).toEqual(['hello', 'now']);
    });

    test('[ROW1] sends from two connections stand in one line, each with its own order and rev', async ({ scene }) => {
      const other = scene.connect();
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          (n % 2 ? other : scene.store).submit(scene.conversationId, {
            id: randomUUID(),
            prompt: `${n}`,
            mode: 'queue',
          }),
        ),
      );
      expect(kinds(answers)).toEqual(Array(20).fill('accepted'));
      const page = await scene.store.conversations.page(scene.conversationId, { limit: 50 });
      const turns = page?.turns ?? [];
      expect(turns).toHaveLength(20);
      expect(turns.map((turn) => turn.rev)).toEqual(turns.map((_, n) => n + 1));
      const orders = turns.map((turn) => turn.order);
      expect(orders).toEqual([...new Set(orders)].sort((a, b) => a - b));
    });

    test('[SEND3] the limit holds for sends at once', async ({ scene }) => {
      const other = scene.connect();
      const answers = await Promise.all(
        Array.from({ length: 24 }, (_, n) =>
          (n % 2 ? other : scene.store).submit(scene.conversationId, {
            id: randomUUID(),
            prompt: `${n}`,
            mode: 'queue',
          }),
        ),
      );
      expect(kinds(answers)).toEqual([...Array(20).fill('accepted'), ...Array(4).fill('refused')]);
    });

    test('[GW1] a commit of another connection is seen, in order, by whoever waits for changes', async ({ scene }) => {
      const other = scene.connect();
      const controller = new AbortController();
      const changes = other.changes(() => true, controller.signal);
      for (const prompt of ['first', 'second']) {
        const seen = changes.next();
        const id = await scene.send(prompt);
        expect(await seen).toMatchObject({ done: false });
        expect(await other.turn(id)).toMatchObject({ prompt });
      }
      controller.abort();
      for await (const _ of changes) continue;
    });
  });

  describe('closed and opened again', () => {
    test('[LOG3] what was answered is there, and the next attempt goes on', async ({ scene }) => {
      const { id } = await scene.running('hello', 'begin');
      const waits = await scene.send('waits');
      await scene.store.close();
      const store = scene.connect();
      expect(await store.turn(waits)).toMatchObject({ status: 'queued', parentId: id });
      const fence = fenceOf({ attempt: 2 });
      const answer = await openBy(store, id, fence);
      expect(answer).toMatchObject({ kind: 'opened', reply: { seq: 3 } });
      expect(await openBy(store, id, fenceOf())).toEqual({ kind: 'fenced' });
      expect(await store.log.append({ turnId: id, fence, seq: 4, events: [text(' end')] })).toEqual({ kind: 'ok' });
      expect(await store.log.end(id, 'stopped')).toMatchObject({ proof: { seq: 4, length: 'begin end'.length } });
    });
  });
}
