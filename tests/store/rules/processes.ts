import { describe, expect } from 'vitest';
import { applyRange, EMPTY_REPLY, partsOf, proofOf, textOf } from '#lib/protocol/reply.ts';
import { isOutcome, type TurnRow } from '#lib/protocol/turn.ts';
import { startChild } from '../child.ts';
import { fenceOf } from '../attempt.ts';
import type { Scene, StoreTest } from '../scene.ts';

type Fact = { sent: string; rev: number; ended: string[] } | { turnId: string; seq: number; word: string };

async function factsOf(child: ReturnType<typeof startChild>): Promise<Fact[]> {
  const facts: Fact[] = [];
  for (;;) {
    const line = await child.lines.next();
    if (line.done) break;
    facts.push(JSON.parse(line.value) as Fact);
  }
  await child.ended();
  return facts;
}

/** What a viewer sees who applies every change in turn [VIEW3], until `signal` aborts and nothing is left. */
async function watch(scene: Scene, signal: AbortSignal): Promise<Map<string, TurnRow>> {
  const rows = new Map<string, TurnRow>();
  const { changesSince } = scene.store.snapshots;
  let rev = 0;
  const look = async () => {
    const changed = await changesSince(scene.conversationId, rev);
    if (!changed) return;
    expect(changed.from).toBe(rev);
    for (const row of changed.turns) {
      expect(row.rev).toBeGreaterThan(rev);
      rows.set(row.id, row);
    }
    rev = changed.to;
    expect([...rows.values()].filter((row) => row.status === 'running').length).toBeLessThanOrEqual(1);
  };
  for await (const _ of scene.store.changes(() => true, signal)) await look();
  await look();
  return rows;
}

export function processRules(test: StoreTest): void {
  describe('two processes', () => {
    test('[ROW1] [ROW2] [LOG3] hammering one conversation lose no send, no change and no word', async ({ scene }) => {
      const controller = new AbortController();
      const seen = watch(scene, controller.signal);
      const names = ['one', 'two'];
      const children = names.map((name) => startChild('hammer', scene.place, [scene.conversationId, name, '25']));
      const facts = (await Promise.all(children.map(factsOf))).flat();
      controller.abort();
      const rows = await seen;

      const sends = facts.filter((fact) => 'sent' in fact);
      expect(sends).toHaveLength(50);
      expect(new Set(sends.map((fact) => fact.rev)).size).toBe(50);
      expect(rows.size).toBe(50);
      const words = facts.filter((fact) => 'word' in fact);
      for (const { sent } of sends) {
        const turn = await scene.turn(sent);
        const { reply, parts: _parts, ...row } = turn;
        expect(isOutcome(turn.status)).toBe(true);
        expect(rows.get(sent)).toEqual(row);
        const said = words.filter((fact) => fact.turnId === sent).sort((a, b) => a.seq - b.seq);
        expect(reply).toBe(said.map((fact) => fact.word).join(''));
        expect(turn.proof).toEqual(proofOf(turn.proof?.seq ?? -1, reply));
      }
      const ended = new Set(sends.flatMap((fact) => fact.ended));
      for (const id of ended) expect((await scene.turn(id)).status).toBe('interrupted');
    });

    test('[LOG3] [SEND1] what a process was answered before a kill -9 is there, and nothing else', async ({
      scene,
    }) => {
      const turnId = await scene.send('write');
      const sent = [];
      for (const attempt of [1, 2, 3]) {
        const child = startChild('writer', scene.place, [scene.conversationId, turnId, `${attempt}`]);
        let answered = { word: -1, seq: 0 };
        while (answered.word < 17 * attempt) {
          const line = await child.lines.next();
          if (line.done) throw new Error('the writer has ended', { cause: await child.ended() });
          const fact = JSON.parse(line.value) as { word: number; seq: number } | { sent: string; kind: string };
          if ('sent' in fact) sent.push(fact.sent);
          else answered = fact;
        }
        await child.kill();
        const { live } = await scene.store.snapshots.conversation(scene.conversationId, 0);
        if (!live || !('reply' in live)) throw new Error('the turn does not run');
        const written = textOf(partsOf(live.reply, 'open'));
        const count = written.split(' ').length - 1;
        expect(live.reply.seq).toBeGreaterThanOrEqual(answered.seq);
        expect(count).toBeGreaterThan(answered.word);
        expect(written).toBe(Array.from({ length: count }, (_, n) => ` ${attempt}.${n}`).join(''));
        const events = await scene.store.snapshots.eventsSince(turnId, 0);
        if (events) expect(applyRange(EMPTY_REPLY, events)).toEqual(live.reply);
      }
      expect(sent.length).toBeGreaterThan(3);
      for (const id of sent) expect((await scene.turn(id)).status).toBe('queued');
      const next = await scene.begin(turnId, fenceOf({ attempt: 9 }));
      await next.finish();
      expect((await scene.turn(turnId)).status).toBe('completed');
    });
  });
}
