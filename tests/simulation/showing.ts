import type { View } from '#lib/protocol/reduce.ts';
import { partsOf, textOf } from '#lib/protocol/reply.ts';
import { isOutcome, lineOf } from '#lib/protocol/turn.ts';
import type { World } from './world.ts';

/** The text that a reader sees. */
const shownIn = ({ live, turns }: View, turnId: string): string =>
  live?.turnId === turnId ? textOf(partsOf(live.reply, 'open')) : (turns.get(turnId)?.reply ?? '');

/** [LOG5] [VIEW8] Nobody sees what the store does not hold, at any moment; an ended turn is seen whole. */
export function checkShown({ ledger, violate }: World, page: string, view: View): void {
  const { live } = view;
  if (live) {
    const { turnId, reply } = live;
    const stored = reply.seq === 0 ? '' : ledger.texts.get(turnId)?.[reply.seq];
    const shown = shownIn(view, turnId);
    if (shown !== stored)
      violate('LOG5', `${page} shows “${shown}” at ${turnId}#${reply.seq}, the store has “${stored}”`);
  }
  for (const { id, status, reply } of view.turns.values()) {
    const kept = ledger.turns.get(id);
    if (!kept || !isOutcome(status)) continue;
    if (kept.status !== status) violate('ROW3', `${page} shows ${id} as ${status}, it is ${kept.status}`);
    if (reply !== ledger.textOf(id))
      violate('VIEW8', `${page} shows “${reply}” of ${id}, which ended with “${ledger.textOf(id)}”`);
  }
}

/** [VIEW3] [VIEW7] A page that does not show what is stored. */
export function astray({ pages, ledger }: World): string | null {
  for (const page of pages) {
    const kept = ledger.conversations.get(page.conversationId);
    if (!kept || kept.deleted_at !== null) continue;
    const { view } = page;
    if (!view?.connected || view.rev !== kept.rev)
      return `${page.name} knows rev ${view?.rev}, the store has ${kept.rev}`;
    const stored = lineOf(parents(ledger.turns), kept.head).map(({ id }) => id);
    const shown = lineOf(view.turns, view.conversation?.head ?? null).map(({ id }) => id);
    if (stored.join() !== shown.join()) return `${page.name} shows the line ${shown.join()}, it is ${stored.join()}`;
    for (const id of stored) {
      const [turn, seen] = [ledger.turns.get(id)!, view.turns.get(id)!];
      if (seen.status !== turn.status) return `${page.name} shows ${id} as ${seen.status}, it is ${turn.status}`;
      if (shownIn(view, id) !== ledger.textOf(id)) return `${page.name} shows “${shownIn(view, id)}” of ${id}`;
    }
  }
  return null;
}

const parents = (turns: World['ledger']['turns']) =>
  new Map([...turns.values()].map(({ id, parent_id }) => [id, { id, parentId: parent_id }]));
