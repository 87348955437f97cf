import type { ServerToClient } from '#lib/protocol/message.ts';
import type { Store } from '#lib/store/store.ts';
import type { Ask, Viewer } from './simulated-viewer.ts';

/** The gateway as SPEC has it, over a real store; when it looks and what arrives is the schedule's choice. */
export class Gateway {
  readonly store: Store;
  readonly conversationId: string;
  readonly room = new Set<Viewer>();
  #rev = 0;
  #live = { turnId: '', seq: 0 };

  constructor(store: Store, conversationId: string) {
    this.store = store;
    this.conversationId = conversationId;
  }

  /** [VIEW2] joins first, then reads one snapshot, then answers. */
  async answer(viewer: Viewer, { n, subscribe }: Ask): Promise<void> {
    this.room.add(viewer);
    const { conversationId, sinceRev, live } = subscribe;
    const answer = await this.store.snapshots.conversation(conversationId, sinceRev, live);
    viewer.down.push({ type: 'answered', n, answer });
  }

  /** [GW1] rows beyond the sent rev, then events beyond the sent seq. */
  async pump(): Promise<void> {
    const { snapshots } = this.store;
    const changed = await snapshots.changesSince(this.conversationId, this.#rev);
    if (changed) {
      this.#rev = changed.to;
      this.#send('turnsChanged', changed);
    }
    const live = (await snapshots.tips([this.conversationId])).live[0];
    if (!live) return;
    if (live.turnId !== this.#live.turnId) this.#live = { turnId: live.turnId, seq: 0 };
    const range = await snapshots.eventsSince(live.turnId, this.#live.seq);
    if (!range) return;
    this.#live = { turnId: live.turnId, seq: range.to };
    this.#send('eventsAppended', { ...range, conversationId: this.conversationId });
  }

  /** [GW2] an append of the same process, told without a look at the store. */
  shortcut(
    turnId: string,
    from: number,
    to: number,
    events: Parameters<ServerToClient['eventsAppended']>[0]['events'],
  ) {
    if (this.#live.turnId !== turnId || this.#live.seq !== from - 1) return;
    this.#live = { turnId, seq: to };
    this.#send('eventsAppended', { conversationId: this.conversationId, turnId, from, to, events });
  }

  /** [VIEW7] where the conversation stands. */
  async tip(): Promise<void> {
    const { revs, live } = await this.store.snapshots.tips([this.conversationId]);
    const rev = revs.get(this.conversationId);
    if (rev === undefined) return;
    const first = live[0];
    const message = { rev, live: first ? { turnId: first.turnId, seq: first.seq } : null };
    this.#send('tipReached', { conversationId: this.conversationId, ...message });
  }

  #send<T extends 'turnsChanged' | 'eventsAppended' | 'tipReached'>(
    type: T,
    message: Parameters<ServerToClient[T]>[0],
  ) {
    for (const viewer of this.room) viewer.down.push({ type, message } as (typeof viewer.down)[number]);
  }
}
