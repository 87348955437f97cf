import type { View } from './reduce.ts';
import { isOutcome, lineOf, type TurnRow } from './turn.ts';

/** Turns with the same parent, in the order they were asked: the branches that begin there. */
export type Branches = { parentId: string | null; turns: string[] };

/** Taken back before it began: it was never said, so it is no branch. */
const wasTakenBack = (turn: TurnRow): boolean => isOutcome(turn.status) && turn.startedAt === null;

/**
 * Where a viewer's turns have siblings, by parent. What a page told of turns that are not loaded stands first; newer
 * ones have come as rows.
 */
export function branchesOf({ turns, branches }: Pick<View, 'turns' | 'branches'>): Map<string | null, string[]> {
  const told = new Set([...branches.values()].flat());
  const all = new Map([...branches].map(([parentId, ids]) => [parentId, ids.filter((id) => standsAt(id, parentId))]));
  const newer = [...turns.values()].filter((turn) => !told.has(turn.id)).sort((a, b) => a.order - b.order);
  for (const { id, parentId } of newer) {
    if (standsAt(id, parentId)) all.set(parentId, [...(all.get(parentId) ?? []), id]);
  }
  return new Map([...all].filter(([, ids]) => ids.length > 1));

  /** A turn that waits may have moved since. */
  function standsAt(id: string, parentId: string | null): boolean {
    const turn = turns.get(id);
    return !turn || (turn.parentId === parentId && !wasTakenBack(turn));
  }
}

/** Whether older turns of the current line can still be read. */
export const hasMore = ({ turns, conversation }: Pick<View, 'turns' | 'conversation'>): boolean =>
  (lineOf(turns, conversation?.head ?? null)[0]?.parentId ?? null) !== null;

/** The current line is one that this viewer has nothing of: another branch was chosen, here or in another tab. */
export const lacksLine = ({ turns, conversation }: Pick<View, 'turns' | 'conversation'>): boolean => {
  const head = conversation?.head ?? null;
  return head !== null && !turns.has(head);
};
