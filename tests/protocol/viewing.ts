import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { TurnEvent } from '#lib/protocol/event.ts';
import { isOutcome, type Mode } from '#lib/protocol/turn.ts';
import { Attempt, fenceOf } from '#tests/store/attempt.ts';
import type { Scene } from '#tests/store/scene.ts';
import { resetStep, startStep, text, textStart } from './events.ts';
import { seesItsRoot, Viewer } from './simulated-viewer.ts';
import { Gateway } from './simulated-gateway.ts';

export type Happening =
  | { do: 'send'; mode: Mode; atRoot: boolean }
  | { do: 'say'; deltas: string[]; shortcut: boolean }
  | { do: 'open' | 'complete' | 'fail' | 'stop' | 'delete' | 'restore' | 'pump' | 'tip' | 'sweep' | 'gateway dies' }
  | { do: 'deliver' | 'drop' | 'double' | 'answer' | 'lose ask' | 'give up'; viewer: number; place: number }
  | { do: 'connect' | 'disconnect' | 'tell' | 'read page'; viewer: number };

/** One conversation, three viewers, and everything that may happen between them. */
export class Viewing {
  readonly scene: Scene;
  readonly id = randomUUID();
  readonly viewers = [new Viewer(this.id), new Viewer(this.id), new Viewer(this.id)];
  gateway: Gateway;
  readonly sent: string[] = [];
  /** What the text of each turn was at each seq. Kept by hand, not by the code under test. */
  readonly texts = new Map<string, string[]>();
  #attempt: Attempt | undefined;
  #activity = 0;

  constructor(scene: Scene) {
    this.scene = scene;
    this.gateway = new Gateway(scene.store, this.id);
  }

  async happen(what: Happening): Promise<void> {
    const { store } = this.scene;
    switch (what.do) {
      case 'send': {
        const id = randomUUID();
        const command = { id, prompt: `prompt ${this.sent.length}`, mode: what.mode };
        const answer = await store.submit(this.id, { ...command, ...(what.atRoot && { parentId: null }) });
        if (answer.kind === 'accepted') this.sent.push(id);
        return;
      }
      case 'open':
        return this.#open();
      case 'say':
        return this.#say(what.deltas, what.shortcut);
      case 'complete':
        if (this.#attempt) await this.#appended([{ step: 0, chunk: { type: 'finish-step' } }], true);
        return;
      case 'fail': {
        const error = { code: 'overloaded', message: 'It was overloaded.' };
        if (this.#attempt) await store.log.end(this.#attempt.turnId, 'failed', error);
        return;
      }
      case 'stop':
        if (this.sent.length > 0) await store.conversations.stop(this.id, this.sent.at(-1) ?? '');
        return;
      case 'delete':
        await store.conversations.delete(this.id);
        return;
      case 'restore':
        await store.conversations.restore(this.id);
        return;
      case 'sweep':
        if (await this.#isDeleted()) return; // what is erased later is no matter for viewers
        this.scene.time += 61_000;
        return store.outbox.sweep();
      case 'pump':
        return this.gateway.pump();
      case 'tip':
        return this.gateway.tip();
      case 'gateway dies':
        for (const viewer of this.viewers) if (viewer.view.connected) viewer.disconnect();
        this.gateway = new Gateway(store, this.id);
        return;
      default:
        return this.#onTheWire(what);
    }
  }

  async #onTheWire(what: Extract<Happening, { viewer: number }>): Promise<void> {
    const viewer = this.viewers[what.viewer];
    if (!viewer) return;
    const { store } = this.scene;
    switch (what.do) {
      case 'connect':
        if (!viewer.view.connected) viewer.take({ type: 'connected' });
        return;
      case 'disconnect':
        this.gateway.room.delete(viewer);
        if (viewer.view.connected) viewer.disconnect();
        return;
      case 'deliver':
        return viewer.deliver(what.place);
      case 'drop':
        viewer.down.splice(what.place % Math.max(viewer.down.length, 1), 1);
        return;
      case 'double': {
        const message = viewer.down[what.place % Math.max(viewer.down.length, 1)];
        if (message) viewer.down.push(message);
        return;
      }
      case 'answer': {
        const ask = viewer.up.shift();
        if (ask) await this.gateway.answer(viewer, ask);
        return;
      }
      case 'lose ask':
        viewer.up.shift();
        return;
      case 'give up':
        if (viewer.view.asking !== null) viewer.take({ type: 'unanswered', n: viewer.view.asking });
        return;
      case 'tell': {
        const turn = await store.turn(this.sent.at(-1) ?? '');
        if (turn) viewer.down.push({ type: 'turnsTold', turns: [turn] });
        return;
      }
      case 'read page': {
        const page = await store.conversations.page(this.id, { limit: 50 });
        if (page) viewer.down.push({ type: 'pageRead', page });
        return;
      }
    }
  }

  /** Nobody sees what the store does not hold, at any moment. */
  look(): void {
    for (const viewer of this.viewers) {
      for (const turnId of this.sent) {
        const shown = viewer.shown(turnId);
        if (shown !== '' && !this.texts.get(turnId)?.includes(shown)) throw new Error(`shown: ${shown}`);
      }
      const { live } = viewer.view;
      if (live) expect(viewer.shown(live.turnId)).toBe(this.texts.get(live.turnId)?.[live.reply.seq] ?? '');
    }
  }

  /** The wire heals: within a few rounds everybody, a newcomer too, has what is stored. */
  async converge(): Promise<void> {
    const newcomer = new Viewer(this.id);
    this.viewers.push(newcomer);
    for (const viewer of this.viewers) if (!viewer.view.connected) viewer.take({ type: 'connected' });
    for (let round = 0; round < 2; round++) {
      await this.gateway.pump();
      for (const viewer of this.viewers) await this.#settle(viewer);
      await this.gateway.tip();
      for (const viewer of this.viewers) await this.#settle(viewer);
    }
    const { conversation } = await this.scene.store.snapshots.conversation(this.id, 0);
    for (const { view, ...viewer } of this.viewers) {
      expect(viewer.up).toEqual([]);
      expect([view.rev, view.asking, view.askAgain]).toEqual([conversation.rev, null, false]);
      if (conversation.rev > 0) expect(view.conversation).toEqual(conversation);
    }
    const page = await this.scene.store.conversations.page(this.id, { limit: 50 });
    const line = page?.turns.map((turn) => turn.id) ?? [];
    if (page) for (const viewer of this.viewers) if (!seesItsRoot(viewer)) viewer.take({ type: 'pageRead', page });
    for (const turnId of this.sent) {
      const turn = await this.scene.turn(turnId);
      const whole = this.texts.get(turnId)?.at(-1) ?? '';
      expect(turn.reply).toBe(whole);
      for (const viewer of this.viewers) {
        const known = viewer.view.turns.get(turnId);
        if (!known && !line.includes(turnId)) continue; // of another branch, and not read yet
        expect(viewer.shown(turnId)).toBe(whole);
        expect([known?.status, known?.rev, known?.parentId]).toEqual([turn.status, turn.rev, turn.parentId]);
        if (isOutcome(turn.status)) expect(known).toEqual(turn);
      }
    }
  }

  /** Everything that is under way arrives, in order; a lost answer is noticed. */
  async #settle(viewer: Viewer): Promise<void> {
    for (let messages = 0; messages < 200; messages++) {
      const ask = viewer.up.shift();
      if (ask) await this.gateway.answer(viewer, ask);
      else if (viewer.down.length > 0) viewer.deliver(0);
      else if (viewer.view.asking !== null) viewer.take({ type: 'unanswered', n: viewer.view.asking });
      else return;
      this.look();
    }
    throw new Error('the viewer does not come to rest');
  }

  async #isDeleted(): Promise<boolean> {
    return (await this.scene.store.conversations.page(this.id, { limit: 1 })) === null && this.sent.length > 0;
  }

  /** A new attempt at the turn that goes first. */
  async #open(): Promise<void> {
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
    if (this.#attempt.seq > 0) await this.#appended([resetStep()]);
  }

  async #say(deltas: string[], shortcut: boolean): Promise<void> {
    const attempt = this.#attempt;
    if (!attempt || deltas.length === 0) return;
    const begins = this.texts.get(attempt.turnId)?.at(-1) === '';
    const events = [...(attempt.seq === 0 ? [startStep()] : []), ...(begins ? [textStart()] : [])];
    const from = attempt.seq + 1;
    const all = [...events, ...deltas.map((delta) => text(delta))];
    if ((await this.#appended(all)) && shortcut) this.gateway.shortcut(attempt.turnId, from, attempt.seq, all);
  }

  async #appended(events: TurnEvent[], completes = false): Promise<boolean> {
    const attempt = this.#attempt;
    if (!attempt) return false;
    const seq = attempt.seq + 1;
    const usage = { inputTokens: 1, outputTokens: 1 };
    const answer = await this.scene.store.log.append({
      turnId: attempt.turnId,
      fence: attempt.fence,
      seq,
      events,
      ...(completes && { completes: { usage } }),
    });
    if (answer.kind !== 'ok' || completes) this.#attempt = undefined;
    if (answer.kind !== 'ok') return false;
    attempt.seq += events.length;
    const texts = this.texts.get(attempt.turnId) ?? [];
    for (const { chunk } of events) {
      const before = texts.at(-1) ?? '';
      texts.push(chunk.type === 'text-delta' ? before + chunk.delta : chunk.type === 'reset-step' ? '' : before);
    }
    return true;
  }
}
