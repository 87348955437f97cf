import { describe, expect, test } from 'vitest';
import { branchesOf, hasMore, lacksLine } from '#lib/protocol/branches.ts';
import { changed, conversationRow, endedTurn, row, watching } from './view.ts';

const begun = { startedAt: '2026-11-23T00:00:01.000Z' };
const page = (turns: ReturnType<typeof endedTurn>[], branches: { parentId: string | null; turns: string[] }[]) =>
  ({ type: 'pageRead', page: { conversation: conversationRow(2), turns, hasMore: false, branches } }) as const;

describe('branches', () => {
  test('[TREE1] a page’s word on siblings stands, also of turns that are not loaded', () => {
    const { view } = watching().tell(
      page([{ ...endedTurn('t0', 1, 'zero', 3), ...begun }], [{ parentId: null, turns: ['t0', 'x'] }]),
    );
    expect(branchesOf(view).get(null)).toEqual(['t0', 'x', 't1']);
  });

  test('[TREE1] newer siblings come as rows, in the order they were asked', () => {
    const told = watching().rows(
      changed(2, 3, row('t3', 3, { parentId: 't1', order: 3 }), row('t2', 3, { parentId: 't1', order: 2 })),
    );
    expect(branchesOf(told.view)).toEqual(new Map([['t1', ['t2', 't3']]]));
  });

  test('[TREE1] one that was taken back before it began is no branch, and one that has moved stands elsewhere', () => {
    const told = watching().rows(
      changed(2, 3, row('t2', 3, { parentId: 't1', order: 2 }), row('t3', 3, { parentId: 't1', order: 3 })),
    );
    told.tell(page([], [{ parentId: 't1', turns: ['t2', 't3'] }]));
    const back = { ...endedTurn('t3', 4, '', 0), parentId: 't1', status: 'stopped' } as const;
    told.tell({ type: 'turnsTold', turns: [back] });
    expect(branchesOf(told.view).size).toBe(0);
    told.tell({ type: 'turnsTold', turns: [{ ...back, ...begun, rev: 5 }] });
    expect(branchesOf(told.view).get('t1')).toEqual(['t2', 't3']);
    told.rows(changed(3, 6, row('t2', 6, { parentId: 't3' })));
    expect(branchesOf(told.view).size).toBe(0);
  });

  test('[TREE2] a head of which nothing is known is a line to be read; one whose root is not loaded has more', () => {
    const told = watching();
    expect([lacksLine(told.view), hasMore(told.view)]).toEqual([false, false]);
    told.rows({ ...changed(2, 3), conversation: conversationRow(3, { head: 'x2' }) });
    expect([lacksLine(told.view), hasMore(told.view)]).toEqual([true, false]);
    told.tell({ type: 'turnsTold', turns: [{ ...endedTurn('x2', 2, 'two', 3), parentId: 'x1' }] });
    expect([lacksLine(told.view), hasMore(told.view)]).toEqual([false, true]);
  });
});
