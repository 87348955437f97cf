import { expect } from 'vitest';
import type { EventRange, TurnEvent } from '#lib/protocol/event.ts';
import type { ConversationAnswer, TurnsChanged } from '#lib/protocol/message.ts';
import { emptyView, reduce, type Reduced, type View, type ViewMessage } from '#lib/protocol/reduce.ts';
import { partsOf, proofOf, textOf } from '#lib/protocol/reply.ts';
import type { ConversationRow, Turn, TurnRow } from '#lib/protocol/turn.ts';
import { startStep, text, textStart } from './events.ts';

/* One conversation, `c`, with turns `t1`, `t2` … as viewers are told of it. */

export const conversationRow = (rev: number, over: Partial<ConversationRow> = {}): ConversationRow => ({
  id: 'c',
  title: 'title',
  rev,
  head: 't1',
  paused: false,
  deleted: false,
  settings: {},
  ...over,
});

export const row = (id: string, rev: number, over: Partial<TurnRow> = {}): TurnRow => ({
  id,
  conversationId: 'c',
  parentId: null,
  order: 1,
  mode: 'queue',
  prompt: `prompt of ${id}`,
  status: 'queued',
  error: null,
  retry: null,
  model: null,
  usage: null,
  omittedTurns: 0,
  createdAt: '2026-11-23T00:00:00.000Z',
  startedAt: null,
  firstTokenAt: null,
  firstTextAt: null,
  endedAt: null,
  rev,
  proof: null,
  ...over,
});

/** The row of a turn that has ended with `reply`, of which `seq` was the last event. */
export const endedRow = (id: string, rev: number, reply: string, seq: number): TurnRow =>
  row(id, rev, { status: 'completed', endedAt: '2026-11-23T00:00:09.000Z', proof: proofOf(seq, reply) });

/** The same with its words. */
export const endedTurn = (id: string, rev: number, reply: string, seq: number): Turn => ({
  ...endedRow(id, rev, reply, seq),
  reply,
  parts: [{ type: 'step-start' }, { type: 'text', text: reply, state: 'done' }],
});

/** Events 1 and 2 open the first part; what is said follows. */
export const opening: TurnEvent[] = [startStep(), textStart()];

export const said = (turnId: string, from: number, ...deltas: string[]): EventRange & { conversationId: string } => ({
  conversationId: 'c',
  turnId,
  from,
  to: from + deltas.length - 1 + (from === 1 ? opening.length : 0),
  events: [...(from === 1 ? opening : []), ...deltas.map((delta) => text(delta))],
});

export const changed = (from: number, to: number, ...turns: TurnRow[]): TurnsChanged => ({
  conversationId: 'c',
  from,
  to,
  conversation: conversationRow(to),
  turns,
});

/** A viewer that is told one thing after the other; no message changes what was known before. */
export class Told {
  view: View = emptyView('c');
  last: Reduced = { view: this.view };
  readonly asks: NonNullable<Reduced['ask']>[] = [];

  tell(...messages: ViewMessage[]): this {
    for (const message of messages) {
      const before = structuredClone(this.view);
      const known = this.view;
      this.last = reduce(known, message);
      expect(known).toEqual(before);
      this.view = this.last.view;
      if (this.last.ask) this.asks.push(this.last.ask);
    }
    return this;
  }

  rows(message: TurnsChanged): this {
    return this.tell({ type: 'turnsChanged', message });
  }

  events(turnId: string, from: number, ...deltas: string[]): this {
    return this.tell({ type: 'eventsAppended', message: said(turnId, from, ...deltas) });
  }

  tip(rev: number, live: { turnId: string; seq: number } | null): this {
    return this.tell({ type: 'tipReached', message: { conversationId: 'c', rev, live } });
  }

  /** Answers the last subscribe. */
  answer(answer: ConversationAnswer): this {
    return this.tell({ type: 'answered', n: this.asks.at(-1)?.n ?? -1, answer });
  }

  get askedNow(): boolean {
    return this.last.ask !== undefined;
  }

  shown(turnId: string): string {
    const { live, turns } = this.view;
    return live?.turnId === turnId ? textOf(partsOf(live.reply, 'open')) : (turns.get(turnId)?.reply ?? '');
  }
}

/** Connected and up to date at rev 2: `t1` runs and has said `one`. */
export const watching = (): Told =>
  new Told()
    .tell({ type: 'connected' })
    .answer({ conversation: conversationRow(2), turns: [row('t1', 2, { status: 'running' })], live: null })
    .events('t1', 1, 'one');
