import type { View } from '#lib/protocol/reduce.ts';
import { lineOf, type Turn } from '#lib/protocol/turn.ts';
import { isOpen, isQueued } from './mode.ts';
import type { Entry } from './entry.ts';
import type { Sending } from './outbox.ts';

/** What the reader sees: the current line, and after it the messages that the server has not taken yet. */
export function entriesOf(
  view: Pick<View, 'conversationId' | 'turns' | 'conversation' | 'rev'>,
  outbox: readonly Sending[],
): Entry[] {
  let line = currentLine(view);
  const sendings = outbox.filter(
    (sending) => sending.conversationId === view.conversationId && !view.turns.has(sending.id),
  );
  for (const { parentId } of sendings) if (parentId !== undefined) line = upTo(line, parentId);
  return [
    ...line.map((turn): Entry => ({ id: turn.id, turn })),
    ...sendings.map((sending): Entry => ({ id: sending.id, sending })),
  ];
}

/** Of what the reader sees: what is read from top to bottom, and what waits behind it, which can still be changed. */
export function trayOf(entries: readonly Entry[]): { transcript: Entry[]; tray: Entry[] } {
  const first = entries.find(isOpen);
  const stands = (entry: Entry) => entry !== first && isQueued(entry);
  return { transcript: entries.filter((entry) => !stands(entry)), tray: entries.filter(stands) };
}

/**
 * The line of the conversation's head. A turn that only a command's answer told of is newer than the known head, and is
 * the next one: a send moves the head to its turn.
 */
function currentLine({ turns, conversation, rev }: Pick<View, 'turns' | 'conversation' | 'rev'>): Turn[] {
  const line = lineOf(turns, conversation?.head ?? null);
  const known = new Set(line.map(({ id }) => id));
  const told = [...turns.values()].filter((turn) => turn.rev > rev && !known.has(turn.id));
  const newest = told.reduce<Turn | null>((a, b) => (a && a.rev > b.rev ? a : b), null);
  return newest ? lineOf(turns, newest.id) : line;
}

/** A branch begins after its parent; what stood there is another branch. */
const upTo = (line: Turn[], parentId: string | null): Turn[] =>
  line.slice(0, line.findIndex(({ id }) => id === parentId) + 1);
