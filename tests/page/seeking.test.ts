import { expect, test } from 'vitest';
import type { Page } from '#lib/protocol/reduce.ts';
import { emptyView, reduce } from '#lib/protocol/reduce.ts';
import { seek } from '#app/_client/seeking.ts';
import { conversation, CONVERSATION, refused, taken, turn } from './fakes.ts';

const PAGE_TURNS = 3;
const LINE = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((id, at, ids) => turn(id, { parentId: ids[at - 1] ?? null }));

/** A server with one line, and a page that has read its end. `troubles` are how the next calls are answered instead. */
function scene(...troubles: ReturnType<typeof refused>[]) {
  const read: (string | undefined)[] = [];
  function pageBefore(before?: string): Page {
    const end = before === undefined ? LINE.length : LINE.findIndex(({ id }) => id === before);
    const turns = LINE.slice(Math.max(0, end - PAGE_TURNS), end);
    return { conversation: conversation({ head: 'h' }), turns, hasMore: end > PAGE_TURNS, branches: [] };
  }
  let { view } = reduce(emptyView(CONVERSATION), { type: 'pageRead', page: pageBefore() });
  const inLine = new Map<string, boolean>([...LINE.map(({ id }) => [id, true] as const), ['other', false]]);
  return {
    read,
    seek: (turnId: string, isWanted = () => true) =>
      seek(turnId, isWanted, {
        id: CONVERSATION,
        api: {
          findTurn: async (_, id) =>
            troubles.shift() ?? (inLine.has(id) ? taken({ isInLine: inLine.get(id)! }) : refused(404)),
          async page(_, before) {
            read.push(before);
            return troubles.shift() ?? taken(pageBefore(before));
          },
        },
        pause: async () => {},
        view: () => view,
        onPage(page) {
          ({ view } = reduce(view, { type: 'pageRead', page }));
        },
      }),
  };
}

test('[PAGE5] a turn that is on the page is asked for by nobody', async () => {
  const { seek, read } = scene();
  expect(await seek('g')).toBe('here');
  expect(read).toEqual([]);
});

test('[PAGE5] one that is further back is gone for page by page, and no further', async () => {
  const { seek, read } = scene();
  expect(await seek('d')).toBe('here');
  expect(read).toEqual([undefined, 'f']);
  expect(await seek('a')).toBe('here');
});

test('[PAGE5] one of another branch, or of no conversation, is said to be so without reading the line', async () => {
  const { seek, read } = scene();
  expect(await seek('other')).toBe('other-branch');
  expect(await seek('unknown')).toBe('nowhere');
  expect(read).toEqual([]);
});

test('[PAGE5] a server that is away is asked again', async () => {
  const { seek } = scene(refused(0), refused(503), refused(0));
  expect(await seek('a')).toBe('here');
});

test('[PAGE5] what is wanted no longer is given up', async () => {
  const { seek, read } = scene();
  expect(await seek('a', () => read.length < 2)).toBe('given-up');
  expect(read).toHaveLength(2);
});
