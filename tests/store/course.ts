import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { SendTurn } from '#lib/protocol/command.ts';
import type { Mode } from '#lib/protocol/turn.ts';
import { isOutcome, type Turn } from '#lib/protocol/turn.ts';
import { fenceOf, type Attempt } from './attempt.ts';
import type { Scene } from './scene.ts';

export type Move =
  | { do: 'send' | 'stop early'; mode: Mode }
  | { do: 'branch'; mode: Mode; place: number }
  | { do: 'retry' | 'send again' | 'open' | 'stop' | 'choose head'; place: number }
  | { do: 'edit' | 'say now'; place: number }
  | { do: 'move'; place: number; before: number }
  | { do: 'say' | 'complete' }
  | { do: 'fail'; pauses: boolean }
  | { do: 'wait'; ms: number };

/** A conversation that anything may happen to, in any order; after each move one looks whether the rules still hold. */
export class Course {
  readonly scene: Scene;
  readonly id = randomUUID();
  readonly sent: SendTurn[] = [];
  readonly ended = new Map<string, Turn>();
  readonly said = new Map<string, string>();
  readonly interjected = new Set<string>();
  rev = 0;
  #attempt: Attempt | undefined;
  #activity = 0;
  #branched = false;

  constructor(scene: Scene) {
    this.scene = scene;
  }

  async make(move: Move): Promise<void> {
    const { store } = this.scene;
    switch (move.do) {
      case 'send':
        return this.#send({ mode: move.mode });
      case 'branch':
        return this.#send({ mode: move.mode, parentId: this.#pick([...this.ended.keys()], move.place) ?? null });
      case 'retry': {
        const failed = [...this.ended.values()].filter((turn) => turn.status === 'failed');
        const turn = this.#pick(failed, move.place);
        return turn && this.#send({ mode: 'queue', parentId: turn.parentId });
      }
      case 'send again': {
        const command = this.#pick(this.sent, move.place);
        if (command) expect(await store.submit(this.id, command)).toMatchObject({ kind: 'accepted' });
        return;
      }
      case 'open':
        return this.#open(this.#pick(this.sent, move.place)?.id);
      case 'say':
        return this.#say();
      case 'complete':
        if (this.#attempt && (await this.#attempt.complete()).kind === 'ok') this.#attempt = undefined;
        return;
      case 'fail':
        return this.#fail(move.pauses);
      case 'stop': {
        const turn = this.#pick(this.sent, move.place);
        if (turn) await store.conversations.stop(this.id, turn.id);
        return;
      }
      case 'stop early': {
        const id = randomUUID();
        await store.conversations.stop(this.id, id);
        return this.#send({ mode: move.mode, id });
      }
      case 'edit': {
        const turn = this.#pick(await this.#waiting(), move.place);
        if (turn) await store.changeTurn(this.id, turn.id, { prompt: `${turn.prompt}, edited` });
        return;
      }
      case 'move': {
        const waiting = await this.#waiting();
        const [turn, before] = [this.#pick(waiting, move.place), this.#pick([...waiting, null], move.before)];
        if (turn) await store.changeTurn(this.id, turn.id, { before: before?.id ?? null });
        return;
      }
      case 'say now': {
        const turn = this.#pick(await this.#waiting(), move.place);
        if (!turn) return;
        this.interjected.add(turn.id);
        const answer = await store.changeTurn(this.id, turn.id, { mode: 'interject' });
        if (answer.kind !== 'changed') throw new Error(`refused: ${answer.code}`);
        for (const ended of answer.ended) expect(this.ended.has(ended)).toBe(false);
        return;
      }
      case 'wait':
        this.scene.time += move.ms;
        return;
      case 'choose head': {
        const turn = this.#pick(this.sent, move.place);
        this.#branched = true;
        if (turn) await store.conversations.change(this.id, { head: turn.id });
        return;
      }
    }
  }

  /** What must hold at every moment. */
  async look(): Promise<void> {
    const turns = await this.#turns();
    expect(turns.filter((turn) => turn.status === 'running').length).toBeLessThanOrEqual(1);
    expect(new Set(turns.map((turn) => turn.id))).toEqual(new Set(this.sent.map((command) => command.id)));
    for (const turn of turns) {
      if (turn.parentId !== null) expect(turns.some((other) => other.id === turn.parentId)).toBe(true);
      const before = this.ended.get(turn.id);
      if (before) expect(turn).toEqual(before);
      else if (isOutcome(turn.status)) this.#noteEnd(turn);
    }
    const { conversation } = await this.scene.store.snapshots.conversation(this.id, this.rev);
    expect(conversation.rev).toBeGreaterThanOrEqual(this.rev);
    for (const turn of turns) expect(turn.rev).toBeLessThanOrEqual(conversation.rev);
    this.rev = conversation.rev;
    if (!this.#branched) await this.#lookAtLine(turns);
  }

  /** Without a branch there is one line, and all that wait stand in it. */
  async #lookAtLine(turns: Turn[]): Promise<void> {
    const page = await this.scene.store.conversations.page(this.id, { limit: 50 });
    const line = page?.turns.map((turn) => turn.id) ?? [];
    for (const turn of turns) if (turn.status === 'queued') expect(line).toContain(turn.id);
  }

  /** Whatever has happened, all that waits is answered, each turn after its parent. */
  async runToTheEnd(): Promise<void> {
    await this.#send({ mode: 'queue', parentId: null }); // clears a pause
    for (let round = 0; round <= this.sent.length; round++) {
      for (const { id } of this.sent) await this.#open(id);
      await this.#say();
      if (this.#attempt) await this.#attempt.complete();
      await this.look();
    }
    for (const turn of await this.#turns()) expect([turn.prompt, isOutcome(turn.status)]).toEqual([turn.prompt, true]);
  }

  async #send(over: { mode: Mode; parentId?: string | null; id?: string }): Promise<void> {
    if (over.parentId !== undefined) this.#branched = true;
    const command: SendTurn = { id: randomUUID(), prompt: `prompt ${this.sent.length + 1}`, ...over };
    const answer = await this.scene.store.submit(this.id, command);
    if (answer.kind === 'refused') {
      expect(answer.code).toBe('too-many-waiting');
      return;
    }
    this.sent.push(command);
    const waits = new Set((await this.#turns()).filter((turn) => turn.status === 'queued').map((turn) => turn.id));
    if (answer.turn.status === 'queued') expect(waits).toContain(command.id);
    for (const ended of answer.ended) expect(this.ended.has(ended)).toBe(false);
  }

  async #open(id: string | undefined): Promise<void> {
    if (id === undefined) return;
    const fence = fenceOf({ runId: this.id, activity: ++this.#activity });
    const answer = await this.scene.open(id, fence);
    if (answer.kind === 'behind') {
      expect(answer.turnId).not.toBe(id);
      const first = await this.scene.open(answer.turnId, fenceOf({ runId: this.id, activity: ++this.#activity }));
      expect(['opened', 'paused']).toContain(first.kind);
      if (first.kind === 'opened') await this.#hold(answer.turnId);
    }
    if (answer.kind === 'opened') await this.#hold(id);
  }

  /** What it stands behind has ended: its parent, or where that was taken back before it began, the turn before. */
  async #hold(id: string): Promise<void> {
    const turn = await this.scene.turn(id);
    for (let parentId = turn.parentId; parentId !== null;) {
      const parent = await this.scene.turn(parentId);
      const order = [turn.prompt, 'after', parent.prompt];
      expect([...order, isOutcome(parent.status)]).toEqual([...order, true]);
      if (parent.startedAt !== null) break;
      parentId = parent.parentId;
    }
    this.#attempt = await this.scene.begin(id, fenceOf({ runId: this.id, activity: ++this.#activity }));
    expect(this.#attempt.openedText).toBe(this.said.get(id) ?? '');
  }

  async #say(): Promise<void> {
    if (!this.#attempt) return;
    const { turnId, fence, seq } = this.#attempt;
    const turn = await this.scene.turn(turnId);
    if (isOutcome(turn.status)) {
      const answer = await this.#attempt.append([{ step: 0, chunk: { type: 'start-step' } }]);
      expect(answer).toEqual({ kind: 'ended', outcome: turn.status });
      return;
    }
    const word = ` ${fence.activity}.${seq}`;
    await this.#attempt.say(word);
    this.said.set(turnId, (this.said.get(turnId) ?? '') + word);
  }

  async #fail(pauses: boolean): Promise<void> {
    if (!this.#attempt) return;
    const { turnId, fence } = this.#attempt;
    const error = { code: 'wrong_key', message: 'The key was refused.' };
    await this.scene.store.log.fail({ turnId, step: 0, fence, callId: randomUUID(), error, pauses });
    this.#attempt = undefined;
  }

  #noteEnd(turn: Turn): void {
    const { mode } = this.sent.find((command) => command.id === turn.id) ?? {};
    if (turn.status === 'interrupted' && turn.startedAt === null && !this.interjected.has(turn.id)) {
      expect(mode).toBe('interject');
    }
    expect(turn.reply).toBe(this.said.get(turn.id) ?? '');
    this.ended.set(turn.id, turn);
  }

  async #turns(): Promise<Turn[]> {
    const turns = await Promise.all(this.sent.map(({ id }) => this.scene.store.turn(id)));
    return turns.filter((turn) => turn !== null);
  }

  async #waiting(): Promise<Turn[]> {
    return (await this.#turns()).filter((turn) => turn.status === 'queued');
  }

  #pick<T>(from: T[], place: number): T | undefined {
    return from[place % Math.max(from.length, 1)];
  }
}
