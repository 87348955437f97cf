import type { Turn } from '#lib/protocol/turn.ts';
import type { Sending } from './outbox.ts';

/** One place in the drawn line: a turn, or a message that is on its way to become one under the same id. */
export type Entry = { id: string; turn: Turn } | { id: string; sending: Sending };

/** What was asked for, be it taken or on its way. */
export const requestOf = (entry: Entry) => ('turn' in entry ? entry.turn : entry.sending);
