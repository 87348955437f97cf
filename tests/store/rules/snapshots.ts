import { randomUUID } from 'node:crypto';
import { describe, expect } from 'vitest';
import type { ConversationAnswer } from '#lib/protocol/message.ts';
import { applyRange, EMPTY_REPLY, partsOf, textOf, type Reply } from '#lib/protocol/reply.ts';
import { fenceOf } from '../attempt.ts';
import type { Scene, StoreTest } from '../scene.ts';

const textIn = (reply: Reply) => textOf(partsOf(reply, 'open'));

/** What a viewer knows after an answer's live part [VIEW4] [VIEW5]. */
function caughtUp(known: Reply, live: ConversationAnswer['live']): Reply {
  if (!live) throw new Error('nothing runs');
  if ('reply' in live) return live.reply;
  const next = applyRange(known, live);
  if (next === 'gap') throw new Error('the range is a gap');
  return next === 'known' ? known : next;
}

async function knownReply(scene: Scene, turnId: string): Promise<Reply> {
  const { live } = await scene.store.snapshots.conversation(scene.conversationId, 0);
  expect(live?.turnId).toBe(turnId);
  return caughtUp(EMPTY_REPLY, live);
}

export function snapshotRules(test: StoreTest): void {
  describe('snapshot', () => {
    test('[VIEW2] a viewer that knows nothing gets the line, ended turns with their words', async ({ scene }) => {
      const first = await scene.completed('first', 'words');
      const { id, attempt } = await scene.running('second', 'so far');
      const waits = await scene.send('third');
      const answer = await scene.store.snapshots.conversation(scene.conversationId, 0);
      expect(answer.conversation).toMatchObject({ head: waits, deleted: false, paused: false });
      expect(answer.turns).toHaveLength(3);
      expect(answer.turns.find((turn) => turn.id === first)).toEqual(await scene.turn(first));
      expect(answer.turns.find((turn) => turn.id === waits)).toMatchObject({ status: 'queued' });
      const { live } = answer;
      if (!live || !('reply' in live)) throw new Error('the whole reply was expected');
      expect([live.turnId, live.reply.seq, textIn(live.reply)]).toEqual([id, attempt.seq, 'so far']);
    });

    test('[VIEW2] a viewer that knows nothing gets its last page, and nothing of other branches', async ({ scene }) => {
      const first = await scene.completed('first');
      const other = await scene.completed('on another branch');
      const turns = [first];
      for (let n = 0; n < 50; n++) turns.push(await scene.completed(`${n}`, 'yes', n === 0 ? { parentId: first } : {}));
      const answer = await scene.store.snapshots.conversation(scene.conversationId, 0);
      expect(answer.turns.map((turn) => turn.id)).toEqual(turns.slice(1));
      expect(turns).not.toContain(other);
    });

    test('[VIEW2] a snapshot is of one moment, whatever is committed while it is read', async ({ scene }) => {
      const other = scene.connect();
      // The commit comes at each point of the reading, from before its beginning to after its end.
      for (let lead = 0; lead < 60; lead++) {
        const { id } = await scene.running(`${lead}`, 'text');
        const rev = await scene.rev();
        const stopping = other.conversations.stop(scene.conversationId, id);
        for (let n = 0; n < lead; n++) await Promise.resolve();
        const answer = await scene.store.snapshots.conversation(scene.conversationId, rev - 1);
        await stopping;
        const row = answer.turns.find((turn) => turn.id === id);
        const isBefore = answer.conversation.rev === rev;
        expect([answer.live?.turnId, row?.status]).toEqual(isBefore ? [id, 'running'] : [undefined, 'stopped']);
      }
    });

    test('[VIEW2] a viewer that knows a rev gets what changed since, and at most the running turn’s row besides', async ({
      scene,
    }) => {
      await scene.completed('first');
      const { id } = await scene.running('second', 'text');
      const rev = await scene.rev();
      const nothing = await scene.store.snapshots.conversation(scene.conversationId, rev);
      expect(nothing.turns.filter((turn) => turn.id !== id)).toEqual([]);
      const third = await scene.send('third');
      await scene.store.log.end(id, 'stopped');
      const answer = await scene.store.snapshots.conversation(scene.conversationId, rev);
      expect(answer.conversation.rev).toBe(rev + 2);
      expect(new Set(answer.turns.map((turn) => turn.id))).toEqual(new Set([id, third]));
      expect(answer.turns.find((turn) => turn.id === id)).toEqual(await scene.turn(id));
      expect(answer.live).toBeNull();
    });

    test('[VIEW4] a viewer that knows a seq gets the events beyond it', async ({ scene }) => {
      const { id, attempt } = await scene.running('hello', 'one');
      const known = await knownReply(scene, id);
      await attempt.say(' two');
      await attempt.say(' three', ' four');
      const { live } = await scene.store.snapshots.conversation(scene.conversationId, 0, {
        turnId: id,
        seq: known.seq,
      });
      expect(live).toMatchObject({ turnId: id, from: 4, to: 6 });
      expect(textIn(caughtUp(known, live))).toBe('one two three four');
    });

    test('[VIEW4] a viewer that knows another turn gets the whole reply', async ({ scene }) => {
      const { attempt } = await scene.running('hello', 'one');
      const known = { turnId: randomUUID(), seq: 2 };
      const { live } = await scene.store.snapshots.conversation(scene.conversationId, 0, known);
      expect(live).toHaveProperty('reply.seq', attempt.seq);
      expect(textIn(caughtUp(EMPTY_REPLY, live))).toBe('one');
    });

    test('[VIEW4] it names the running turn, also when that stands on another branch', async ({ scene }) => {
      const { id } = await scene.running('first', 'one');
      await scene.send('another branch', { parentId: null });
      for (const sinceRev of [0, await scene.rev()]) {
        const answer = await scene.store.snapshots.conversation(scene.conversationId, sinceRev);
        expect(answer.live?.turnId).toBe(id);
        expect(answer.turns).toContainEqual(expect.objectContaining({ id, status: 'running' }));
      }
    });

    test('[VIEW4] a viewer whose place was folded long ago catches up all the same', async ({ scene }) => {
      const { id, attempt } = await scene.running('hello', 'begin');
      const early = await knownReply(scene, id);
      for (let n = 0; n < 60; n++) await attempt.say(...Array.from({ length: 10 }, (_, k) => ` ${n}.${k}`));
      for (const known of [EMPTY_REPLY, early, await knownReply(scene, id)]) {
        const at = { turnId: id, seq: known.seq };
        const { live } = await scene.store.snapshots.conversation(scene.conversationId, 0, at);
        const reply = caughtUp(known, live);
        expect([reply.seq, textIn(reply)]).toEqual([attempt.seq, (await scene.turn(id)).reply]);
      }
    });

    test('[VIEW5] a viewer that claims more than the log has gets the whole reply', async ({ scene }) => {
      const { id, attempt } = await scene.running('hello', 'one');
      const at = { turnId: id, seq: attempt.seq + 40 };
      const { live } = await scene.store.snapshots.conversation(scene.conversationId, 0, at);
      expect(live).toHaveProperty('reply.seq', attempt.seq);
    });

    test('[VIEW4] a viewer that is up to date gets nothing new', async ({ scene }) => {
      const { id } = await scene.running('hello', 'one');
      const known = await knownReply(scene, id);
      const at = { turnId: id, seq: known.seq };
      const answer = await scene.store.snapshots.conversation(scene.conversationId, await scene.rev(), at);
      expect(answer.turns.filter((turn) => turn.id !== id)).toEqual([]);
      expect(caughtUp(known, answer.live)).toEqual(known);
    });

    test('a conversation that has not begun is empty, so that its first viewer can wait for it', async ({ scene }) => {
      const id = randomUUID();
      const answer = await scene.store.snapshots.conversation(id, 0);
      expect(answer).toMatchObject({ conversation: { id, rev: 0, head: null, deleted: false }, turns: [], live: null });
    });
  });

  describe('what the pump reads', () => {
    test('[GW1] rows beyond a rev, without words; null when there are none', async ({ scene }) => {
      await scene.completed('first', 'words');
      const rev = await scene.rev();
      expect(await scene.store.snapshots.changesSince(scene.conversationId, rev)).toBeNull();
      expect(await scene.store.snapshots.changesSince(randomUUID(), 0)).toBeNull();
      const { id, attempt } = await scene.running('second', 'more words');
      await attempt.finish();
      const changed = await scene.store.snapshots.changesSince(scene.conversationId, rev);
      expect(changed).toMatchObject({ from: rev, to: rev + 3, turns: [{ id, status: 'completed' }] });
      expect(JSON.stringify(changed?.turns)).not.toContain('words');
      expect(changed?.turns[0]?.proof).toEqual((await scene.turn(id)).proof);
    });

    test('[GW1] events beyond a seq as one range; null when there are none', async ({ scene }) => {
      const { id, attempt } = await scene.running('hello', 'one');
      await attempt.say(' two', ' three');
      const first = await scene.store.snapshots.eventsSince(id, 0);
      expect(first).toMatchObject({ turnId: id, from: 1, to: 5 });
      if (first) expect(textIn(caughtUp(EMPTY_REPLY, first))).toBe('one two three');
      expect(await scene.store.snapshots.eventsSince(id, 3)).toMatchObject({ from: 4, to: 5 });
      expect(await scene.store.snapshots.eventsSince(id, 5)).toBeNull();
      expect(await scene.store.snapshots.eventsSince(randomUUID(), 0)).toBeNull();
    });

    test('[LOG8] events of an ended turn stay 60 s for late viewers, then go; its words stay', async ({ scene }) => {
      const { id, attempt } = await scene.running('hello', 'one');
      await attempt.finish();
      scene.time += 59_999;
      await scene.store.outbox.sweep();
      expect(await scene.store.snapshots.eventsSince(id, 0)).toMatchObject({ from: 1, to: 5 });
      scene.time += 2;
      await scene.store.outbox.sweep();
      expect(await scene.store.snapshots.eventsSince(id, 0)).toBeNull();
      expect((await scene.turn(id)).reply).toBe('one');
    });

    test('[LOG8] events of a running turn stay, however long it runs', async ({ scene }) => {
      const { id, attempt } = await scene.running('hello', 'one');
      scene.time += 3_600_000;
      await scene.store.outbox.sweep();
      expect(await scene.store.snapshots.eventsSince(id, 0)).toMatchObject({ from: 1, to: attempt.seq });
    });

    test('[VIEW7] tips: revisions and live turns of all conversations that are watched', async ({ scene }) => {
      const [idle, none] = [randomUUID(), randomUUID()];
      await scene.send('idle', { to: idle });
      const { id, attempt } = await scene.running('hello', 'one');
      const { revs, live } = await scene.store.snapshots.tips([scene.conversationId, idle, none]);
      expect(revs.get(scene.conversationId)).toBe(await scene.rev());
      expect([revs.get(idle), revs.get(none) ?? 0]).toEqual([1, 0]);
      expect(live).toEqual([{ turnId: id, conversationId: scene.conversationId, seq: attempt.seq }]);
      await scene.begin(id, fenceOf({ attempt: 2 }));
      expect((await scene.store.snapshots.tips([idle])).live).toEqual([]);
    });
  });
}
