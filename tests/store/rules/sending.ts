import { randomUUID } from 'node:crypto';
import { describe, expect } from 'vitest';
import type { StoreTest } from '../scene.ts';

const STRANGE = ' 👨‍👩‍👧‍👦 שָׁלוֹם e\u0301 𠮷\r\n\t"quoted" \\ % _ \u2028 ';

export function sendingRules(test: StoreTest): void {
  describe('send', () => {
    test('[SEND1] the first send begins the conversation, and the answer is what stands in the store', async ({
      scene,
    }) => {
      const id = randomUUID();
      const { turn, ended, signal } = await scene.accepted(STRANGE, { id });
      expect({ ended, signal }).toEqual({ ended: [], signal: true });
      expect(turn).toEqual(await scene.turn(id));
      expect(turn).toMatchObject({
        id,
        conversationId: scene.conversationId,
        parentId: null,
        mode: 'queue',
        prompt: STRANGE,
        reply: '',
        parts: [],
        status: 'queued',
        error: null,
        createdAt: new Date(scene.time).toISOString(),
        startedAt: null,
        proof: null,
      });
      const page = await scene.store.conversations.page(scene.conversationId, { limit: 50 });
      expect(page).toMatchObject({ hasMore: false, conversation: { head: id, paused: false, deleted: false } });
      expect(page?.turns).toEqual([turn]);
    });

    test('the title is the beginning of the first prompt, cut between characters', async ({ scene }) => {
      const titles: string[] = [];
      for (const prompt of ['What is a fence?', '👩🏽‍🚀'.repeat(40), `a${'𠮷'.repeat(90)}`]) {
        const to = randomUUID();
        await scene.send(prompt, { to });
        await scene.send('another prompt', { to });
        titles.push((await scene.store.snapshots.conversation(to, 0)).conversation.title);
      }
      expect(titles[0]).toBe('What is a fence?');
      for (const title of titles) {
        expect(title.length).toBeLessThanOrEqual(80);
        expect(title.isWellFormed()).toBe(true);
      }
    });

    test('[SEND2] the same POST is one turn and gets the same answer', async ({ scene }) => {
      const { id } = await scene.running('first', 'text');
      const now = randomUUID();
      const first = await scene.accepted('now', { id: now, mode: 'interject' });
      const rev = await scene.rev();
      const again = await scene.accepted('now', { id: now, mode: 'interject' });
      expect([again.turn, again.ended]).toEqual([first.turn, [id]]);
      expect(await scene.rev()).toBe(rev);
      expect(await scene.line()).toEqual(['first', 'now']);
    });

    test('[SEND2] the same POST after the end answers with the ended turn', async ({ scene }) => {
      const id = await scene.completed('hello', 'there');
      expect((await scene.accepted('hello', { id })).turn).toMatchObject({ status: 'completed', reply: 'there' });
    });

    test('[SEND2] the same POST while the turn runs answers with its reply so far', async ({ scene }) => {
      const { id } = await scene.running('hello', 'so far');
      expect((await scene.accepted('hello', { id })).turn).toEqual(await scene.turn(id));
    });

    test('[SEND2] the same id with any other field is a conflict and changes nothing', async ({ scene }) => {
      const root = await scene.completed('root');
      const id = await scene.send('hello');
      const branch = await scene.send('hello', { parentId: root });
      const before = await scene.store.snapshots.conversation(scene.conversationId, 0);
      const conflict = { kind: 'refused', code: 'conflict' };
      expect(await scene.submit('hello!', { id })).toEqual(conflict);
      expect(await scene.submit('hello', { id, mode: 'interject' })).toEqual(conflict);
      expect(await scene.submit('hello', { id, parentId: null })).toEqual(conflict);
      expect(await scene.submit('hello', { id, parentId: root })).toEqual(conflict);
      expect(await scene.submit('hello', { id: branch })).toEqual(conflict);
      expect(await scene.submit('hello', { id, to: randomUUID() })).toEqual(conflict);
      expect(await scene.store.snapshots.conversation(scene.conversationId, 0)).toEqual(before);
    });

    test('[SEND3] twenty turns may wait, one more is refused and changes nothing', async ({ scene }) => {
      await scene.running('runs');
      const waiting: string[] = [];
      for (let n = 1; n <= 20; n++) waiting.push(await scene.send(`waits ${n}`));
      const rev = await scene.rev();
      expect(await scene.submit('one more')).toEqual({ kind: 'refused', code: 'too-many-waiting' });
      expect(await scene.rev()).toBe(rev);
      await scene.accepted('waits 20', { id: waiting[19] ?? '' });
      await scene.send('elsewhere', { to: randomUUID() });
      await scene.store.conversations.stop(scene.conversationId, waiting[3] ?? '');
      await scene.send('one more');
    });

    test('[SEND3] parentId names an ended turn of this conversation, or is null', async ({ scene }) => {
      const elsewhere = await scene.completed('elsewhere', 'yes', { to: randomUUID() });
      const first = await scene.completed('first');
      const { id: running } = await scene.running('runs');
      const waiting = await scene.send('waits');
      const refused = { kind: 'refused', code: 'bad-parent' };
      for (const parentId of [randomUUID(), elsewhere, running, waiting]) {
        expect(await scene.submit('branch', { parentId })).toEqual(refused);
        expect(await scene.submit('branch', { parentId, mode: 'interject' })).toEqual(refused);
      }
      expect((await scene.turn(running)).status).toBe('running');
      expect((await scene.accepted('branch', { parentId: first })).turn.parentId).toBe(first);
      expect((await scene.accepted('root', { parentId: null })).turn.parentId).toBeNull();
    });

    test('[SEND3] a send that is refused begins no conversation', async ({ scene }) => {
      const to = randomUUID();
      const before = await scene.store.snapshots.list(0);
      expect(await scene.submit('hello', { to, parentId: randomUUID() })).toMatchObject({ code: 'bad-parent' });
      expect(await scene.store.conversations.page(to, { limit: 50 })).toBeNull();
      expect(await scene.store.snapshots.list(0)).toEqual(before);
    });

    test('[SEND4] a plain send stands after the last that waits, else the running one, else the last', async ({
      scene,
    }) => {
      const first = await scene.completed('first');
      const second = await scene.accepted('second');
      expect(second.turn.parentId).toBe(first);
      await scene.begin(second.turn.id);
      const third = await scene.accepted('third');
      expect(third.turn.parentId).toBe(second.turn.id);
      const fourth = await scene.accepted('fourth');
      expect(fourth.turn.parentId).toBe(third.turn.id);
      expect(fourth.turn.order).toBeGreaterThan(third.turn.order);
      expect(await scene.line()).toEqual(['first', 'second', 'third', 'fourth']);
    });

    test('[SEND4] a branch becomes the current line, and so does a head that is chosen', async ({ scene }) => {
      const first = await scene.completed('first');
      const second = await scene.completed('second');
      const edited = await scene.completed('edited', 'yes', { parentId: first });
      expect(await scene.line()).toEqual(['first', 'edited']);
      expect((await scene.accepted('on')).turn.parentId).toBe(edited);
      await scene.store.conversations.change(scene.conversationId, { head: second });
      expect(await scene.line()).toEqual(['first', 'second']);
    });

    test('[SEND4] after another head is chosen a plain send follows it', async ({ scene }) => {
      const first = await scene.completed('first');
      const second = await scene.completed('second');
      await scene.completed('edited', 'yes', { parentId: first });
      await scene.store.conversations.change(scene.conversationId, { head: second });
      expect((await scene.accepted('third')).turn.parentId).toBe(second);
      expect(await scene.line()).toEqual(['first', 'second', 'third']);
    });
  });
}
