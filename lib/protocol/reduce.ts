import type { Branches } from './branches.ts';
import type { Subscribe } from './command.ts';
import type { ConversationAnswer, EventsAppended, TipReached, TurnsChanged } from './message.ts';
import { applyRange, EMPTY_REPLY, partsOf, proofOf, textOf, type Reply } from './reply.ts';
import { isOutcome, type ConversationRow, type Turn, type TurnRow } from './turn.ts';

/** What a viewer knows of one conversation. Rows go by revision, text by sequence [VIEW3] [VIEW4]. */
export type View = {
  conversationId: string;
  conversation: ConversationRow | null;
  /** All that changed up to here is known. */
  rev: number;
  /** Turns that are loaded; the words of the running one are in `live`. */
  turns: ReadonlyMap<string, Turn>;
  live: { turnId: string; reply: Reply } | null;
  /** Siblings that a page told of, by parent; not all of them need be loaded. */
  branches: ReadonlyMap<string | null, readonly string[]>;
  connected: boolean;
  /** Number of the subscribe in flight; `askAgain` remembers a gap seen meanwhile [VIEW6]. */
  asking: number | null;
  /** The rev that the last subscribe was sent with. */
  askedSince: number;
  askAgain: boolean;
  asked: number;
};

export type Page = { conversation: ConversationRow; turns: Turn[]; hasMore: boolean; branches: Branches[] };

export type ViewMessage =
  | { type: 'connected' }
  | { type: 'disconnected' }
  | { type: 'answered'; n: number; answer: ConversationAnswer }
  | { type: 'unanswered'; n: number }
  | { type: 'turnsChanged'; message: TurnsChanged }
  | { type: 'eventsAppended'; message: EventsAppended }
  | { type: 'tipReached'; message: TipReached }
  | { type: 'turnsTold'; turns: Turn[] }
  | { type: 'pageRead'; page: Page };

/** The next view, and the subscribe that must now be sent, if any: its answer comes back with the same `n`. */
export type Reduced = { view: View; ask?: { n: number; subscribe: Extract<Subscribe, { conversationId: string }> } };

export const emptyView = (conversationId: string): View => ({
  conversationId,
  conversation: null,
  rev: 0,
  turns: new Map(),
  live: null,
  branches: new Map(),
  connected: false,
  asking: null,
  askedSince: 0,
  askAgain: false,
  asked: 0,
});

/** Source of these rules: SPEC, "What a viewer does". Pure: the same in the browser and in tests. */
export function reduce(view: View, message: ViewMessage): Reduced {
  switch (message.type) {
    case 'connected':
      return ask({ ...view, connected: true, asking: null });
    case 'disconnected':
      return { view: { ...view, connected: false, asking: null, askAgain: false } };
    case 'unanswered':
      return message.n === view.asking ? ask({ ...view, asking: null }) : { view };
    case 'answered':
      return answered(view, message.n, message.answer);
    case 'turnsChanged':
      return turnsChanged(view, message.message);
    case 'eventsAppended':
      return eventsAppended(view, message.message);
    case 'tipReached':
      return tipReached(view, message.message);
    case 'turnsTold':
      // An HTTP answer: these turns alone, so what else changed stays unknown and `rev` where it is.
      return { view: message.turns.reduce(withTurn, view) };
    case 'pageRead':
      return { view: pageRead(view, message.page) };
  }
}

/** Subscribes, or remembers to while a subscribe is in flight [VIEW6]. */
function ask(view: View): Reduced {
  if (!view.connected) return { view };
  if (view.asking !== null) return { view: { ...view, askAgain: true } };
  const n = view.asked + 1;
  const live = view.live && { turnId: view.live.turnId, seq: view.live.reply.seq };
  return {
    view: { ...view, asking: n, askedSince: view.rev, asked: n, askAgain: false },
    ask: { n, subscribe: { conversationId: view.conversationId, sinceRev: view.rev, ...(live && { live }) } },
  };
}

function answered(view: View, n: number, answer: ConversationAnswer): Reduced {
  if (n !== view.asking) return { view };
  let next: View = { ...view, asking: null };
  // Asked by one who was sure of nothing, the answer is the last page: of other turns no more is known.
  const isPage = view.askedSince === 0;
  if (isPage && view.rev === 0) next = { ...next, turns: newerThan(answer, view.turns) };
  for (const turn of answer.turns) next = withTurn(next, 'parts' in turn ? turn : withoutWords(turn));
  if (answer.branches) next = withBranches(next, answer.branches);
  if (answer.live) next = withLive(next, answer.live);
  // A page that comes when another has been read meanwhile leaves out what changed between them.
  if (isPage && view.rev > 0) return ask(next);
  if (answer.conversation.rev >= next.rev) {
    next = { ...next, rev: answer.conversation.rev, conversation: answer.conversation };
  }
  return next.askAgain ? ask(next) : { view: next };
}

function newerThan({ conversation }: Pick<Page, 'conversation'>, turns: View['turns']): View['turns'] {
  return new Map([...turns].filter(([, turn]) => turn.rev > conversation.rev));
}

function withLive(view: View, told: NonNullable<ConversationAnswer['live']>): View {
  const turn = view.turns.get(told.turnId);
  if (!turn || isOutcome(turn.status)) return view;
  const known = view.live?.turnId === told.turnId ? view.live.reply : EMPTY_REPLY;
  const reply = 'reply' in told ? told.reply : applyRange(known, told);
  // A viewer's seq never goes back: events may have overtaken the answer [VIEW5].
  if (typeof reply === 'string' || reply.seq < known.seq) return view;
  return { ...view, live: { turnId: told.turnId, reply } };
}

function turnsChanged(view: View, { from, to, turns, conversation }: TurnsChanged): Reduced {
  if (to <= view.rev) return { view };
  if (from > view.rev) return ask(view);
  let next = view;
  let whole = true;
  for (const row of turns) {
    if (!isOutcome(row.status)) {
      next = withTurn(next, withoutWords(row));
      continue;
    }
    const known = next.turns.get(row.id);
    if (known && (isOutcome(known.status) || known.rev >= row.rev)) continue;
    const words = wordsOf(next, row);
    if (words) next = withTurn(next, { ...row, ...words });
    else whole = false;
  }
  // `rev` moves on only when each ended row has its whole text [VIEW3].
  return whole ? { view: { ...next, rev: to, conversation } } : ask(next);
}

/** The words of a turn that has just ended, iff they are proven to be all of them [VIEW8]. */
function wordsOf(view: View, row: TurnRow): Pick<Turn, 'reply' | 'parts'> | null {
  const reply = view.live?.turnId === row.id ? view.live.reply : EMPTY_REPLY;
  const parts = partsOf(reply, 'closed');
  const text = textOf(parts);
  const proof = proofOf(reply.seq, text);
  const proven =
    row.proof?.seq === proof.seq && row.proof.length === proof.length && row.proof.checksum === proof.checksum;
  return proven ? { parts, reply: text } : null;
}

function eventsAppended(view: View, message: EventsAppended): Reduced {
  const turn = view.turns.get(message.turnId);
  if (!turn) return ask(view);
  if (isOutcome(turn.status)) return { view };
  // Events of another turn while the last one has no outcome yet: its rows were lost.
  if (view.live && view.live.turnId !== turn.id) return ask(view);
  const reply = applyRange(view.live?.reply ?? EMPTY_REPLY, message);
  if (reply === 'known') return { view };
  if (reply === 'gap') return ask(view);
  const running: Turn = turn.status === 'queued' ? { ...turn, status: 'running' } : turn;
  return { view: { ...setTurn(view, running), live: { turnId: turn.id, reply } } };
}

function tipReached(view: View, { rev, live }: TipReached): Reduced {
  const known = live && view.live?.turnId === live.turnId ? view.live.reply.seq : 0;
  const ended = live !== null && isOutcome(view.turns.get(live.turnId)?.status ?? 'queued');
  const behind = rev > view.rev || (live !== null && !ended && live.seq > known);
  return behind ? ask(view) : { view };
}

function pageRead(view: View, page: Page): View {
  const first = view.rev === 0;
  // As with the answer to a first subscribe: what the page leaves out is known no more.
  const known = first ? { ...view, turns: newerThan(page, view.turns) } : view;
  const next = withBranches(page.turns.reduce(withTurn, known), page.branches);
  return {
    ...next,
    // Only the first page moves `rev`: a later one says nothing of the turns that it leaves out.
    rev: first ? page.conversation.rev : view.rev,
    conversation: first || page.conversation.rev >= view.rev ? page.conversation : view.conversation,
  };
}

/** A turn as told with its words; what is known to be newer, or has its outcome, stays. */
function withTurn(view: View, turn: Turn): View {
  const known = view.turns.get(turn.id);
  if (known && (isOutcome(known.status) ? turn.rev <= known.rev || !isOutcome(turn.status) : turn.rev < known.rev))
    return view;
  const next = setTurn(view, turn);
  return isOutcome(turn.status) && view.live?.turnId === turn.id ? { ...next, live: null } : next;
}

function withBranches(view: View, told: Branches[]): View {
  if (told.length === 0) return view;
  return {
    ...view,
    branches: new Map([...view.branches, ...told.map(({ parentId, turns }) => [parentId, turns] as const)]),
  };
}

const withoutWords = (row: TurnRow): Turn => ({ ...row, reply: '', parts: [] });

function setTurn(view: View, turn: Turn): View {
  return view.turns.get(turn.id) === turn ? view : { ...view, turns: new Map(view.turns).set(turn.id, turn) };
}
