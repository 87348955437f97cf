import { randomUUID } from 'node:crypto';
import type { TurnEvent } from '#lib/protocol/event.ts';
import type { Mode } from '#lib/protocol/turn.ts';
import { Attempt, fenceOf } from '#tests/store/attempt.ts';
import type { Scene } from '#tests/store/scene.ts';
import { resetStep, startStep, text, textStart } from './events.ts';
import type { Gateway } from './simulated-gateway.ts';

/** What users and a worker do in one conversation of a real store. */
export class Talk {
  readonly scene: Scene;
  readonly id = randomUUID();
  readonly sent: string[] = [];
  /** What the text of each turn was at each seq. Kept by hand, not by the code under test. */
  readonly texts = new Map<string, string[]>();
  #attempt: Attempt | undefined;
  #activity = 0;

  constructor(scene: Scene) {
    this.scene = scene;
  }

  get last(): string {
    return this.sent.at(-1) ?? '';
  }

  textOf(turnId: string): string {
    return this.texts.get(turnId)?.at(-1) ?? '';
  }

  async send(mode: Mode, atRoot: boolean): Promise<void> {
    const command = { id: randomUUID(), prompt: `prompt ${this.sent.length}`, mode };
    const answer = await this.scene.store.submit(this.id, { ...command, ...(atRoot && { parentId: null }) });
    if (answer.kind === 'accepted') this.sent.push(command.id);
  }

  /** A new attempt at the turn that goes first. */
  async open(): Promise<void> {
    const fence = fenceOf({ runId: this.id, activity: ++this.#activity });
    const ended = await this.scene.store.log.endedAmong(this.sent);
    let turnId = this.sent.find((id) => !ended.has(id));
    if (turnId === undefined) return;
    let answer = await this.scene.open(turnId, fence);
    if (answer.kind === 'behind') {
      turnId = answer.turnId;
      answer = await this.scene.open(turnId, fence);
    }
    if (answer.kind !== 'opened') throw new Error(`open answered ${answer.kind}`);
    this.#attempt = new Attempt(this.scene.store, turnId, fence, answer.reply);
    if (!this.texts.has(turnId)) this.texts.set(turnId, ['']);
    if (this.#attempt.seq > 0) await this.#append([resetStep()]);
  }

  /** `shortcut`: the gateway beside the worker is told at once [GW2]. */
  async say(deltas: string[], shortcut: Gateway | null): Promise<void> {
    const attempt = this.#attempt;
    if (!attempt) return;
    const { turnId, seq } = attempt;
    const opening = [...(seq === 0 ? [startStep()] : []), ...(this.textOf(turnId) === '' ? [textStart()] : [])];
    const events = [...opening, ...deltas.map((delta) => text(delta))];
    if (await this.#append(events)) shortcut?.shortcut(turnId, seq + 1, attempt.seq, events);
  }

  async complete(): Promise<void> {
    await this.#attempt?.complete({ type: 'finish-step' });
    this.#noteCompleted();
  }

  async fail(): Promise<void> {
    const error = { code: 'overloaded', message: 'It was overloaded.' };
    if (this.#attempt) await this.scene.store.log.end(this.#attempt.turnId, 'failed', error);
  }

  async stop(): Promise<void> {
    if (this.sent.length > 0) await this.scene.store.conversations.stop(this.id, this.last);
  }

  /** Forgets what is old; not of a deleted conversation, whose words are no matter for viewers. */
  async sweep(): Promise<void> {
    const page = await this.scene.store.conversations.page(this.id, { limit: 1 });
    if (!page) return;
    this.scene.time += 61_000;
    await this.scene.store.outbox.sweep();
  }

  async #append(events: TurnEvent[]): Promise<boolean> {
    const attempt = this.#attempt;
    if (!attempt) return false;
    if ((await attempt.append(events)).kind !== 'ok') {
      this.#attempt = undefined;
      return false;
    }
    const texts = this.texts.get(attempt.turnId) ?? [];
    for (const { chunk } of events) {
      const before = texts.at(-1) ?? '';
      texts.push(chunk.type === 'text-delta' ? before + chunk.delta : chunk.type === 'reset-step' ? '' : before);
    }
    return true;
  }

  /** The events at a step's end change no text. */
  #noteCompleted(): void {
    const attempt = this.#attempt;
    this.#attempt = undefined;
    if (attempt) this.texts.get(attempt.turnId)?.push(this.textOf(attempt.turnId), this.textOf(attempt.turnId));
  }
}
