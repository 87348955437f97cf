import { hasMore } from '#lib/protocol/branches.ts';
import type { Page, View } from '#lib/protocol/reduce.ts';
import { lineOf } from '#lib/protocol/turn.ts';
import { isPassing, type Answered, type Api } from './api.ts';
import type { Pause } from './pause.ts';

/** Where a turn was found: on the page now, in another branch, or nowhere; `given-up` when nobody waits for it any more. */
export type Sought = 'here' | 'other-branch' | 'nowhere' | 'given-up';

type Needs = {
  id: string;
  api: Pick<Api, 'page' | 'findTurn'>;
  pause: Pause;
  view: () => View;
  onPage: (page: Page) => void;
};

/** Reads the current line back to a turn, page by page, for as long as it is wanted [PAGE5]. */
export async function seek(turnId: string, isWanted: () => boolean, needs: Needs): Promise<Sought> {
  const { id, api, pause, view, onPage } = needs;
  const line = () => lineOf(view().turns, view().conversation?.head ?? null);
  const isHere = () => line().some((turn) => turn.id === turnId);
  if (isHere()) return 'here';

  const found = await answered(() => api.findTurn(id, turnId));
  if (found === 'refused') return 'nowhere';
  if (found === 'given-up') return found;
  if (!found.isInLine) return 'other-branch';
  // The line may be another one than was read last: its end comes first.
  let before: string | undefined;
  while (!isHere()) {
    const from = before;
    const page = await answered(() => api.page(id, from));
    if (page === 'refused') return 'nowhere';
    if (page === 'given-up') return page;
    onPage(page);
    const first = line()[0]?.id;
    // Another branch was chosen meanwhile, and this page was of the one before.
    if (!isHere() && (!hasMore(view()) || first === from)) return 'other-branch';
    before = first;
  }
  return 'here';

  async function answered<T>(ask: () => Promise<Answered<T>>): Promise<T | 'refused' | 'given-up'> {
    for (let tries = 0; isWanted(); tries++) {
      const answer = await ask();
      if (answer.ok) return answer.value;
      if (!isPassing(answer)) return 'refused';
      await pause(tries);
    }
    return 'given-up';
  }
}
