import { describe, expect, test } from 'vitest';
import { EMPTY_REPLY, proofOf } from '#lib/protocol/reply.ts';
import { changed, conversationRow, endedRow, endedTurn, row, Told, watching } from './view.ts';

describe('subscribe', () => {
  test('[VIEW1] it says how far one knows the rows and the running turn', () => {
    const told = new Told().tell({ type: 'connected' });
    expect(told.asks).toEqual([{ n: 1, subscribe: { conversationId: 'c', sinceRev: 0 } }]);
    const later = watching().tell({ type: 'disconnected' }).tell({ type: 'connected' });
    expect(later.asks.at(-1)).toEqual({
      n: 2,
      subscribe: { conversationId: 'c', sinceRev: 2, live: { turnId: 't1', seq: 3 } },
    });
  });

  test('[VIEW6] one is in flight: a gap seen meanwhile is asked once, after the answer', () => {
    const told = watching().events('t1', 9, 'far');
    expect(told.askedNow).toBe(true);
    told.events('t1', 12, 'farther').rows(changed(7, 8)).tip(9, null);
    expect(told.asks).toHaveLength(2);
    told.answer({ conversation: conversationRow(2), turns: [], live: null });
    expect(told.asks).toHaveLength(3);
    told.answer({ conversation: conversationRow(9), turns: [], live: null });
    expect([told.asks.length, told.view.asking]).toEqual([3, null]);
  });

  test('[VIEW6] the answer of an older subscribe is ignored', () => {
    const told = new Told().tell({ type: 'connected' }, { type: 'disconnected' }, { type: 'connected' });
    expect(told.asks.map((ask) => ask.n)).toEqual([1, 2]);
    const answer = { conversation: conversationRow(5), turns: [row('t1', 5)], live: null };
    told.tell({ type: 'answered', n: 1, answer });
    expect([told.view.rev, told.view.asking]).toEqual([0, 2]);
    told.tell({ type: 'answered', n: 2, answer }, { type: 'answered', n: 2, answer });
    expect([told.view.rev, told.view.asking]).toEqual([5, null]);
  });

  test('[VIEW6] a subscribe that stays without an answer is asked again, an older one is not', () => {
    const told = new Told().tell({ type: 'connected' }).tell({ type: 'unanswered', n: 1 });
    expect(told.asks.map((ask) => ask.n)).toEqual([1, 2]);
    told.tell({ type: 'unanswered', n: 1 });
    expect(told.askedNow).toBe(false);
  });

  test('[VIEW6] nothing is asked while the connection is away; a reconnect asks', () => {
    const told = watching().tell({ type: 'disconnected' }).events('t1', 9, 'far').tip(9, null);
    expect(told.asks).toHaveLength(1);
    expect(told.tell({ type: 'connected' }).askedNow).toBe(true);
  });

  test('[VIEW7] a tip asks for what was lost, and for nothing else', () => {
    const known = { turnId: 't1', seq: 3 };
    expect(watching().tip(2, known).askedNow).toBe(false);
    expect(watching().tip(3, known).askedNow).toBe(true);
    expect(watching().tip(2, { turnId: 't1', seq: 4 }).askedNow).toBe(true);
    expect(watching().tip(2, { turnId: 't1', seq: 2 }).askedNow).toBe(false);
    expect(watching().tip(1, null).askedNow).toBe(false);
  });
});

describe('rows', () => {
  test('[VIEW3] they are applied iff from ≤ rev < to', () => {
    const exact = watching().rows(changed(2, 3, row('t2', 3)));
    expect([exact.view.rev, exact.view.turns.has('t2'), exact.askedNow]).toEqual([3, true, false]);
    const over = watching().rows(changed(1, 4, row('t2', 4)));
    expect([over.view.rev, over.view.turns.has('t2'), over.askedNow]).toEqual([4, true, false]);
    const old = watching().rows(changed(0, 2, row('t2', 1)));
    expect([old.view.rev, old.view.turns.has('t2'), old.askedNow]).toEqual([2, false, false]);
    const gap = watching().rows(changed(3, 4, row('t2', 4)));
    expect([gap.view.rev, gap.view.turns.has('t2'), gap.askedNow]).toEqual([2, false, true]);
  });

  test('[VIEW3] the conversation’s own row comes with them', () => {
    const message = { ...changed(2, 3), conversation: conversationRow(3, { title: 'new', paused: true }) };
    expect(watching().rows(message).view.conversation).toMatchObject({ title: 'new', paused: true });
  });

  test('[VIEW3] [VIEW8] an ended row whose text is proven by what is live is whole', () => {
    const told = watching().rows(changed(2, 3, endedRow('t1', 3, 'one', 3)));
    expect(told.view.turns.get('t1')).toEqual(endedTurn('t1', 3, 'one', 3));
    expect([told.view.rev, told.view.live, told.askedNow]).toEqual([3, null, false]);
  });

  test('[VIEW3] [VIEW8] rev stays while an ended row lacks text, and the answer brings it', () => {
    const told = watching().rows(changed(2, 3, endedRow('t1', 3, 'one two', 4)));
    expect([told.view.rev, told.askedNow, told.shown('t1')]).toEqual([2, true, 'one']);
    expect(told.asks.at(-1)?.subscribe.sinceRev).toBe(2);
    const turn = endedTurn('t1', 3, 'one two', 4);
    told.answer({ conversation: conversationRow(3), turns: [turn], live: null });
    expect([told.view.rev, told.view.live, told.view.turns.get('t1')]).toEqual([3, null, turn]);
  });

  test('[VIEW8] the same seq with another text is no proof: not by checksum, length or seq', () => {
    for (const proof of [proofOf(3, 'two'), proofOf(3, 'one!'), proofOf(4, 'one')]) {
      const told = watching().rows(changed(2, 3, { ...endedRow('t1', 3, 'one', 3), proof }));
      expect([told.view.rev, told.askedNow]).toEqual([2, true]);
    }
  });

  test('[VIEW3] a turn that ended without text is whole without an answer', () => {
    const stopped = row('t2', 3, { status: 'stopped', proof: proofOf(0, '') });
    const told = watching().rows(changed(2, 3, stopped));
    expect([told.view.rev, told.askedNow]).toEqual([3, false]);
    expect(told.view.turns.get('t2')).toMatchObject({ status: 'stopped', reply: '' });
    expect(told.shown('t1')).toBe('one');
  });

  test('[VIEW3] of two ended rows, one without its text keeps rev where it is', () => {
    const told = watching().rows(changed(2, 4, endedRow('t1', 3, 'one', 3), endedRow('t2', 4, 'never seen', 3)));
    expect([told.view.rev, told.askedNow]).toEqual([2, true]);
  });

  test('[ROW3] a turn that has ended keeps its words, whatever comes late', () => {
    const told = watching().rows(changed(2, 3, endedRow('t1', 3, 'one', 3)));
    const { view } = told;
    told
      .events('t1', 4, ' late')
      .events('t1', 1, 'on')
      .rows(changed(1, 2, row('t1', 2, { status: 'running' })));
    told.tell({ type: 'turnsTold', turns: [{ ...row('t1', 2, { status: 'running' }), reply: 'on', parts: [] }] });
    expect([told.view.turns.get('t1'), told.view.rev]).toEqual([view.turns.get('t1'), 3]);
    expect(told.shown('t1')).toBe('one');
  });
});

describe('events', () => {
  test('[VIEW4] they are applied iff they continue the live seq', () => {
    expect(watching().events('t1', 4, ' two', ' three').shown('t1')).toBe('one two three');
    const again = watching().events('t1', 1, 'one');
    expect([again.shown('t1'), again.askedNow]).toEqual(['one', false]);
    const gap = watching().events('t1', 5, ' three');
    expect([gap.shown('t1'), gap.askedNow]).toEqual(['one', true]);
  });

  test('[VIEW4] events of an unknown turn are a gap', () => {
    const told = watching().events('t2', 1, 'who?');
    expect([told.shown('t2'), told.shown('t1'), told.askedNow]).toEqual(['', 'one', true]);
  });

  test('[VIEW4] events of a turn that waits are no continuation of the one that runs', () => {
    const told = watching()
      .rows(changed(2, 3, row('t2', 3)))
      .events('t2', 4, ' mixed');
    expect([told.shown('t1'), told.shown('t2'), told.askedNow]).toEqual(['one', '', true]);
  });

  test('[VIEW4] the first events of a turn that is known begin its reply', () => {
    const told = watching()
      .rows(changed(2, 3, endedRow('t1', 3, 'one', 3), row('t2', 3, { status: 'running' })))
      .events('t2', 1, 'next');
    expect([told.shown('t2'), told.askedNow]).toEqual(['next', false]);
    const late = watching()
      .rows(changed(2, 3, endedRow('t1', 3, 'one', 3), row('t2', 3)))
      .events('t2', 4, 'x');
    expect([late.shown('t2'), late.askedNow]).toEqual(['', true]);
  });

  test('[VIEW5] an answer that is older than what is known takes nothing back', () => {
    const told = watching().tell({ type: 'disconnected' }, { type: 'connected' });
    const reply = told.view.live?.reply ?? EMPTY_REPLY;
    told.events('t1', 4, ' two').rows(changed(2, 3, row('t2', 3)));
    const running = row('t1', 2, { status: 'running' });
    told.answer({ conversation: conversationRow(2), turns: [running], live: { turnId: 't1', reply } });
    expect([told.shown('t1'), told.view.rev, told.view.conversation?.rev]).toEqual(['one two', 3, 3]);
    expect(told.view.turns.has('t2')).toBe(true);
  });

  test('[VIEW5] an answer with events that were known before takes nothing back', () => {
    const told = watching().tell({ type: 'disconnected' }, { type: 'connected' }).events('t1', 4, ' two');
    const live = { turnId: 't1', from: 4, to: 4, events: [] };
    told.answer({ conversation: conversationRow(2), turns: [], live });
    expect(told.shown('t1')).toBe('one two');
  });

  test('[VIEW4] an answer’s range continues the reply, its whole reply takes its place', () => {
    const missed = () => watching().events('t1', 6, ' four');
    const range = {
      turnId: 't1',
      from: 4,
      to: 6,
      events: [{ step: 0, chunk: { type: 'text-delta', id: '0', delta: ' two three four' } as const }],
    };
    expect(
      missed()
        .answer({ conversation: conversationRow(2), turns: [], live: range })
        .shown('t1'),
    ).toBe('one two three four');
    const whole = {
      turnId: 't1',
      reply: { seq: 9, steps: [[{ type: 'text' as const, id: '0', text: 'anew', done: false }]], resets: 1 },
    };
    const told = missed().answer({ conversation: conversationRow(2), turns: [], live: whole });
    expect([told.shown('t1'), told.view.live?.reply.seq]).toEqual(['anew', 9]);
    expect(told.events('t1', 10, ' more').shown('t1')).toBe('anew more');
  });
});
