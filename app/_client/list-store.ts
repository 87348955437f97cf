import type { ListAnswer, ListEntry } from '#lib/protocol/message.ts';
import type { ConversationSummary } from '#lib/protocol/turn.ts';
import type { Api } from './api.ts';
import { createCell, type Watched } from './cell.ts';
import type { Gateway } from './gateway.ts';
import type { Pause } from './pause.ts';

type Entries = ReadonlyMap<string, ListEntry>;

/** Null until the list was read: not yet known is not the same as empty. */
export type ListState = readonly ConversationSummary[] | null;

export type ListStore = ReturnType<typeof createListStore>;

type Needs = { api: Pick<Api, 'conversations'>; gateway: Omit<Gateway, 'start'>; pause: Pause };

/** All conversations, the one that was used last first: a subscription with a revision of its own [GW3]. */
export function createListStore({ api, gateway, pause }: Needs) {
  let rev = 0;
  let entries: Entries = new Map();
  let run: object | null = null;
  let isAsking = false;
  let isAskedAgain = false;
  const drawn = createCell<ListState>(null);

  function keep(next: Entries): void {
    entries = next;
    drawn.set(sorted(next));
  }

  /** Asks for what is beyond `rev`: one question at a time, and once more when a gap was seen meanwhile. */
  async function ask(): Promise<void> {
    if (gateway.link.get() !== 'connected') return;
    isAskedAgain = isAsking;
    if (isAsking) return;
    isAsking = true;
    const asking = run;
    const sinceRev = rev;
    const answer = await gateway.subscribe({ list: true, sinceRev });
    const isAnswered = answer !== null && 'conversations' in answer;
    if (isAnswered && run === asking) take(answer, sinceRev);
    if (answer !== null && !isAnswered) await pause(0);
    isAsking = false;
    if (run !== null && (isAskedAgain || !isAnswered)) await ask();
  }

  function take(answer: ListAnswer, sinceRev: number): void {
    if (answer.rev < rev) return; // changes have overtaken it
    rev = answer.rev;
    keep(merged(sinceRev === 0 ? new Map() : entries, answer.conversations));
  }

  async function refresh(): Promise<void> {
    const answer = await api.conversations();
    // The socket's list is newer, once there is one and it follows.
    const isFollowed = rev > 0 && gateway.link.get() === 'connected';
    if (!answer.ok || isFollowed) return;
    keep(new Map(answer.value.map((summary) => [summary.id, { ...summary, deleted: false }])));
  }

  function start(): () => void {
    run = {};
    const onChanged = gateway.on('listChanged', ({ from, to, conversations }) => {
      if (to <= rev) return;
      if (from > rev) return void ask();
      keep(merged(entries, conversations));
      rev = to;
    });
    const onLink = gateway.link.watch(() => void ask());
    void refresh();
    void ask();
    return () => {
      run = null;
      onChanged();
      onLink();
    };
  }

  return {
    state: drawn as Watched<ListState>,
    start,
    /** After a command of this page, where the socket is away and will not tell of it. */
    refreshUnlessFollowed(): void {
      if (gateway.link.get() !== 'connected') void refresh();
    },
  };
}

function merged(entries: Entries, changed: readonly ListEntry[]): Entries {
  const next = new Map(entries);
  for (const entry of changed) {
    if (entry.deleted) next.delete(entry.id);
    else next.set(entry.id, entry);
  }
  return next;
}

const sorted = (entries: Entries): ConversationSummary[] => [...entries.values()].sort((a, b) => b.listRev - a.listRev);
