import { describe, expect, test } from 'vitest';
import { changed, conversationRow, endedRow, endedTurn, row, Told, watching } from './view.ts';

describe('HTTP answers', () => {
  test('what a send was answered is shown at once, and moves no rev', () => {
    const turn = { ...row('t2', 3, { parentId: 't1' }), reply: '', parts: [] };
    const told = watching().tell({ type: 'turnsTold', turns: [turn] });
    expect([told.view.turns.get('t2'), told.view.rev]).toEqual([turn, 2]);
  });

  test('[STOP1] what a Stop was answered is final at once', () => {
    const turn = endedTurn('t1', 3, 'one', 3);
    const told = watching().tell({ type: 'turnsTold', turns: [turn] });
    expect([told.shown('t1'), told.view.live]).toEqual(['one', null]);
    told.rows(changed(2, 3, endedRow('t1', 3, 'one', 3)));
    expect([told.view.rev, told.view.turns.get('t1')]).toEqual([3, turn]);
  });

  test('[VIEW5] one that is older than what is known changes nothing', () => {
    const told = watching().rows(changed(2, 3, row('t2', 3, { parentId: 't1' })));
    told.tell({ type: 'turnsTold', turns: [{ ...row('t2', 1, { parentId: 'x' }), reply: '', parts: [] }] });
    expect(told.view.turns.get('t2')?.parentId).toBe('t1');
  });

  test('an older page adds its turns; rev stays', () => {
    const page = {
      conversation: conversationRow(1),
      turns: [endedTurn('t0', 1, 'zero', 3)],
      hasMore: true,
      branches: [],
    };
    const told = watching().tell({ type: 'pageRead', page });
    expect(told.view.turns.get('t0')?.reply).toBe('zero');
    expect([told.view.rev, told.view.conversation?.rev, told.shown('t1')]).toEqual([2, 2, 'one']);
  });

  test('the first page is a beginning: its rev is what the first subscribe asks from', () => {
    const page = {
      conversation: conversationRow(4),
      turns: [endedTurn('t1', 4, 'one', 3)],
      hasMore: false,
      branches: [],
    };
    const told = new Told().tell({ type: 'pageRead', page }).tell({ type: 'connected' });
    expect(told.asks.at(-1)?.subscribe).toEqual({ conversationId: 'c', sinceRev: 4 });
  });

  test('[VIEW3] what was told before the first answer, and is not in it, is not kept as it was', () => {
    const told = new Told().tell({ type: 'connected' });
    told.tell({ type: 'turnsTold', turns: [{ ...row('t1', 1), reply: '', parts: [] }] });
    // Since then it was stopped and left the current line: the first answer is that line alone.
    told.answer({ conversation: conversationRow(3, { head: 't2' }), turns: [row('t2', 3)], live: null });
    expect(told.view.turns.get('t1')?.status).not.toBe('queued');
  });

  test('[VIEW3] what was told before the first page was read, and is not in it, is not kept as it was', () => {
    const told = new Told().tell({ type: 'turnsTold', turns: [{ ...row('t1', 1), reply: '', parts: [] }] });
    const page = {
      conversation: conversationRow(3, { head: 't2' }),
      turns: [endedTurn('t2', 3, 'two', 3)],
      hasMore: false,
      branches: [],
    };
    told.tell({ type: 'pageRead', page });
    expect([...told.view.turns.keys()]).toEqual(['t2']);
  });

  test('[VIEW3] a first answer that another page has overtaken says nothing of what it leaves out: it is asked again', () => {
    const told = new Told().tell({ type: 'connected' });
    const page = {
      conversation: conversationRow(4),
      turns: [endedTurn('t1', 4, 'one', 3)],
      hasMore: false,
      branches: [],
    };
    told.tell({ type: 'pageRead', page });
    told.answer({ conversation: conversationRow(6, { head: 't2' }), turns: [row('t2', 6)], live: null });
    expect([told.view.rev, told.askedNow]).toEqual([4, true]);
    expect(told.asks.at(-1)?.subscribe).toEqual({ conversationId: 'c', sinceRev: 4 });
  });
});
