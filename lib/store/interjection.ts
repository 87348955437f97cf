import { isBeforeJump, TIMES } from '#lib/protocol/limits.ts';
import type { Tx } from './database.ts';
import { isOpen } from './conditions.ts';
import type { TurnRecord } from './schema.ts';

/** The running turn and those that wait, by order. */
export const openTurns = (tx: Tx, conversationId: string) =>
  tx
    .selectFrom('turn')
    .selectAll()
    .where('conversation_id', '=', conversationId)
    .where(isOpen)
    .orderBy('order')
    .execute();

/**
 * What an interjection ends: the running turn, and interjections that still wait. One that has waited long while nothing
 * ran is spared: its user has seen Send, not Interject, and means both [IJ3]. Turns that only wait are never ended [IJ2].
 */
export function endedByInterjection(open: TurnRecord[], now: number): TurnRecord[] {
  const runs = open.some((turn) => turn.status === 'running');
  const hasWaited = ({ created_at }: TurnRecord) =>
    now - created_at >= TIMES.interjectionSparedMs || isBeforeJump(created_at, now);
  const spared = (turn: TurnRecord) => !runs && hasWaited(turn);
  const waiting = open.filter((turn) => turn.status === 'queued' && turn.mode === 'interject' && !spared(turn));
  return [...open.filter((turn) => turn.status === 'running'), ...waiting];
}
