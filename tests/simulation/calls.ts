import type { ModelMessage } from 'ai';
import { isOutcome, type Status } from '#lib/protocol/turn.ts';
import { count } from './census.ts';
import type { Machine } from './clock.ts';
import type { World } from './world.ts';

/** The worker learns of a turn's end by its look, each second, or sooner [STOP2]. */
const ABORTED_WITHIN_MS = 1_300;
const TRIES = 3;

export type Call = {
  id: number;
  turnId: string;
  machine: Machine;
  begunAt: number;
  tokens: number;
  state: 'runs' | 'finished' | 'failed' | 'aborted';
  isFinal: boolean;
  /** Trouble of the store's may break a step by itself. */
  hadTrouble: boolean;
};

export const promptOf = (turnId: string): string => `prompt of ${turnId}`;
export const tokenOf = (call: Call, at: number): string => `${call.id}.${at} `;
const turnOfPrompt = (message: ModelMessage | undefined) => String(message?.content).slice(promptOf('').length);

/** All calls of the model, and what must hold of them. */
export class Calls {
  readonly #world: World;
  readonly #calls: Call[] = [];
  /** Failures that the store took: a zombie's is nobody's. */
  readonly #counted = new Map<string, Set<string>>();

  constructor(world: World) {
    this.#world = world;
  }

  begin(machine: Machine, messages: ModelMessage[], tokens: number): Call {
    const { clock, ledger, violate, census, note, storage } = this.#world;
    const turnId = turnOfPrompt(messages.at(-1));
    const before = this.#of(turnId);
    const id = this.#calls.length + 1;
    const call: Call = {
      id,
      turnId,
      machine,
      begunAt: clock.now,
      tokens,
      state: 'runs',
      isFinal: false,
      hadTrouble: storage.isTroubled,
    };
    this.#calls.push(call);
    count(census, 'model calls');
    note(() => `call ${id} of ${turnId} begins in ${machine.name}, ${tokens} tokens`);
    if ((ledger.turns.get(turnId)?.started_at ?? null) === null)
      violate('LOG1', `a call for ${turnId} without an open`);
    const tries = this.#counted.get(turnId)?.size ?? 0;
    if (tries >= TRIES) violate('LOG10', `a call for ${turnId} after ${tries} tries`);
    const last = before.at(-1);
    if (last) this.#explain(call, last);
    this.#checkMessages(turnId, messages.slice(0, -1));
    return call;
  }

  /** [STOP2] Nothing is asked of the provider long after its turn has ended. */
  ended(call: Call): void {
    const { clock, ledger, violate, note } = this.#world;
    if (call.state === 'runs') call.state = 'aborted';
    note(() => `call ${call.id} of ${call.turnId} in ${call.machine.name}: ${call.state}`);
    const endedAt = ledger.endedAt.get(call.turnId);
    if (endedAt === undefined || call.machine.isDead || call.hadTrouble) return;
    const late = clock.now - Math.max(endedAt, call.begunAt, call.machine.frozenUntil);
    if (late > ABORTED_WITHIN_MS) violate('STOP2', `call ${call.id} of ${call.turnId} went on for ${late} ms`);
  }

  /** The store has taken a failure's report. */
  counted(turnId: string, callId: string): void {
    this.#counted.set(turnId, (this.#counted.get(turnId) ?? new Set()).add(callId));
  }

  /** Whether the provider, or the settings, made this turn fail. */
  excuses(turnId: string): boolean {
    const tries = this.#counted.get(turnId)?.size ?? 0;
    return tries >= TRIES || this.#of(turnId).some(({ state, isFinal }) => state === 'failed' && isFinal);
  }

  /** What is wrong with a turn's text: it is the beginning of one call's, and the whole of one where it is complete. */
  judge(turnId: string, text: string, status: Status): string | null {
    if (text === '') return status === 'completed' ? `${turnId} is said to be complete without a word` : null;
    const call = this.#calls[Number.parseInt(text, 10) - 1];
    const tokens = text.split(' ').length - 1;
    const told = call && Array.from({ length: tokens }, (_, at) => tokenOf(call, at)).join('');
    if (told !== text || call?.turnId !== turnId) return `${turnId}: “${text}”`;
    if (status !== 'completed' || (call.state === 'finished' && tokens === call.tokens)) return null;
    return `${turnId} is said to be complete with “${text}”`;
  }

  /** Calls that go on though nobody needs them. */
  stray(): string | null {
    const stray = this.#calls.find(({ state, machine }) => state === 'runs' && !machine.isDead);
    return stray ? `call ${stray.id} of ${stray.turnId} still runs` : null;
  }

  noteTrouble(): void {
    for (const call of this.#calls) if (call.state === 'runs') call.hadTrouble = true;
  }

  #of(turnId: string): Call[] {
    return this.#calls.filter((call) => call.turnId === turnId);
  }

  /** [ACT6] There is a second call only after a failure, a death, a handover, or when another process had the turn. */
  #explain(call: Call, last: Call): void {
    const { turnId, machine } = call;
    if (last.machine !== machine || last.state === 'failed' || last.hadTrouble) return;
    const holders = this.#world.ledger.holders.get(turnId) ?? [];
    if (last.state !== 'runs' && holders.some((owner) => owner !== machine.name)) return;
    this.#world.violate(
      'ACT6',
      `call ${call.id} for ${turnId}, though call ${last.id} ${last.state} in the same process`,
    );
  }

  /** [CTX1] [CTX2] The line up to here, each turn with the whole of its text. */
  #checkMessages(turnId: string, told: ModelMessage[]): void {
    const { ledger, violate } = this.#world;
    for (let at = 0; at < told.length; at += 2) {
      const id = turnOfPrompt(told[at]);
      const turn = ledger.turns.get(id);
      if (!turn || !isOutcome(turn.status)) violate('CTX1', `${turnId} is told of ${id}, which has not ended`);
      if (!String(told[at + 1]?.content).startsWith(ledger.textOf(id)))
        violate('CTX1', `${turnId} is not told all of ${id}`);
    }
  }
}
