import { expect } from 'vitest';
import { emptyView, reduce, type Reduced, type View, type ViewMessage } from '#lib/protocol/reduce.ts';
import { partsOf, textOf } from '#lib/protocol/reply.ts';
import { lineOf } from '#lib/protocol/turn.ts';

export type Ask = NonNullable<Reduced['ask']>;

/** A browser: the real reducer, and a wire of which the schedule takes what it likes, in any order. */
export class Viewer {
  readonly down: ViewMessage[] = [];
  readonly up: Ask[] = [];
  view: View;

  constructor(conversationId: string) {
    this.view = emptyView(conversationId);
  }

  take(message: ViewMessage): void {
    const before = this.view;
    const { view, ask } = reduce(before, message);
    this.view = view;
    if (ask) this.up.push(ask);
    expect(view.rev).toBeGreaterThanOrEqual(before.rev);
    if (view.live && view.live.turnId === before.live?.turnId) {
      expect(view.live.reply.seq).toBeGreaterThanOrEqual(before.live.reply.seq);
    }
  }

  /** Takes the message at `place`; those before it come later, or never. */
  deliver(place: number): void {
    const [message] = this.down.splice(place % Math.max(this.down.length, 1), 1);
    if (message) this.take(message);
  }

  /** The text on the page. */
  shown(turnId: string): string {
    const { live, turns } = this.view;
    return live?.turnId === turnId ? textOf(partsOf(live.reply, 'open')) : (turns.get(turnId)?.reply ?? '');
  }

  disconnect(): void {
    this.up.length = 0;
    this.down.length = 0;
    this.take({ type: 'disconnected' });
  }
}

/** Whether the current line is loaded up to its root; where it is not (another tab chose another branch) a page is read. */
export function seesItsRoot({ view }: Viewer): boolean {
  const head = view.conversation?.head ?? null;
  return head === null || lineOf(view.turns, head)[0]?.parentId === null;
}
