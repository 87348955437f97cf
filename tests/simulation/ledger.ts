import type { TurnEvent } from '#lib/protocol/event.ts';
import { isOutcome } from '#lib/protocol/turn.ts';
import { count } from './census.ts';
import type { Disk } from './disk.ts';
import { rules } from './rules.ts';
import type { ConversationEntry, Entry, Tables } from './tables.ts';
import type { World } from './world.ts';

/** What the tables held before the last commit and hold now; `texts` are each turn's text by seq. */
export type Look = {
  world: World;
  turns: Map<string, Entry>;
  before: Map<string, Entry>;
  conversations: Map<string, ConversationEntry>;
  conversationsBefore: Map<string, ConversationEntry>;
  texts: Map<string, string[]>;
};

/** Reads the tables after every call, by itself and not by the code under test, and holds them against the rules. */
export class Ledger {
  turns = new Map<string, Entry>();
  conversations = new Map<string, ConversationEntry>();
  /** The text of each turn at each seq. Kept by hand, not by the code under test. */
  readonly texts = new Map<string, string[]>();
  readonly events = new Map<string, TurnEvent[]>();
  /** The processes whose attempts took each turn. */
  readonly holders = new Map<string, string[]>();
  readonly endedAt = new Map<string, number>();
  /** Turns whose conversation was deleted so long ago that they are gone. */
  readonly erased = new Set<string>();
  version: number;
  readonly #world: World;
  readonly #tables: Tables;

  constructor(world: World, { tables }: Disk) {
    this.#world = world;
    this.#tables = tables;
    this.version = tables.version();
  }

  textOf(turnId: string): string {
    return this.texts.get(turnId)?.at(-1) ?? '';
  }

  /** True when something was committed since the last look. */
  look(): boolean {
    const version = this.#tables.version();
    if (version === this.version) return false;
    this.version = version;
    const before = this.turns;
    const conversationsBefore = this.conversations;
    this.turns = this.#tables.turns();
    this.conversations = this.#tables.conversations();
    for (const turn of before.values()) if (!this.turns.has(turn.id)) this.erased.add(turn.id);
    for (const turn of this.turns.values()) this.#note(turn, before.get(turn.id));
    const { turns, conversations, texts } = this;
    const look = { world: this.#world, before, conversationsBefore, turns, conversations, texts };
    for (const [rule, wrongIn] of Object.entries(rules)) {
      const wrong = wrongIn(look);
      if (wrong !== null) this.#world.violate(rule, wrong);
    }
    return true;
  }

  #note(turn: Entry, was: Entry | undefined): void {
    const { id, seq, status, owner, fence } = turn;
    const { now } = this.#world.clock;
    if (seq !== (was?.seq ?? 0)) this.#readEvents(turn);
    if (owner !== null && fence !== was?.fence) entryOf(this.holders, id).push(owner);
    if (isOutcome(status) && !this.endedAt.has(id)) this.endedAt.set(id, now);
  }

  #readEvents({ id, seq: last }: Entry): void {
    const events = entryOf(this.events, id);
    const texts = entryOf(this.texts, id);
    if (texts.length === 0) texts.push('');
    for (const { seq, event } of this.#tables.eventsAfter(id, events.length)) {
      if (seq !== events.length + 1) this.#world.violate('LOG3', `the log of ${id} is not dense at ${seq}`);
      if (event.chunk.type === 'reset-step') count(this.#world.census, 'resets');
      events.push(event);
      texts.push(textAfter(texts.at(-1)!, event));
    }
    if (events.length !== last) this.#world.violate('LOG3', `${id} says ${last} events, its log has ${events.length}`);
  }
}

/** One step and one text part is all that a turn has here. */
const textAfter = (text: string, { chunk }: TurnEvent) =>
  chunk.type === 'text-delta' ? text + chunk.delta : chunk.type === 'reset-step' ? '' : text;

function entryOf<T>(lists: Map<string, T[]>, id: string): T[] {
  const list = lists.get(id) ?? [];
  lists.set(id, list);
  return list;
}
