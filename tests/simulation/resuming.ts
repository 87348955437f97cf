import type { Snapshots } from '#lib/store/snapshots.ts';
import { applyRange, EMPTY_REPLY, partsOf, textOf } from '#lib/protocol/reply.ts';
import type { World } from './world.ts';

/** [VIEW1] [VIEW2] Whoever knows the first k events, and asks for the rest, knows the whole: for every k. */
export async function checkResuming({ ledger, violate }: World, snapshots: Snapshots): Promise<void> {
  for (const turn of ledger.turns.values()) {
    if (turn.status !== 'running') continue;
    const events = ledger.events.get(turn.id) ?? [];
    const { rev } = ledger.conversations.get(turn.conversation_id)!;
    for (let seq = 0; seq <= events.length; seq++) {
      const known = applyRange(EMPTY_REPLY, { from: 1, to: seq, events: events.slice(0, seq) });
      const { live } = await snapshots.conversation(turn.conversation_id, rev, { turnId: turn.id, seq });
      if (!live) return violate('VIEW2', `nobody is told that ${turn.id} runs`);
      const before = typeof known === 'string' ? EMPTY_REPLY : known;
      const whole = 'reply' in live ? live.reply : live.events.length === 0 ? before : applyRange(before, live);
      const text = typeof whole === 'string' ? whole : textOf(partsOf(whole, 'open'));
      if (text !== ledger.textOf(turn.id))
        violate('VIEW2', `whoever knows ${seq} of ${events.length} events of ${turn.id} gets “${text}”`);
    }
  }
}
