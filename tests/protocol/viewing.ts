import { expect } from 'vitest';
import { isOutcome, type Mode } from '#lib/protocol/turn.ts';
import type { Scene } from '#tests/store/scene.ts';
import { seesItsRoot, Viewer } from './simulated-viewer.ts';
import { Gateway } from './simulated-gateway.ts';
import { Talk } from './talk.ts';

type Name = 'open' | 'complete' | 'fail' | 'stop' | 'delete' | 'restore' | 'pump' | 'tip' | 'sweep' | 'gateway dies';
type AtViewer =
  | { do: 'deliver' | 'drop' | 'double' | 'answer' | 'lose ask' | 'give up'; viewer: number; place: number }
  | { do: 'connect' | 'disconnect' | 'tell' | 'read page'; viewer: number };
export type Happening =
  | { do: 'send'; mode: Mode; atRoot: boolean }
  | { do: 'say'; deltas: string[]; shortcut: boolean }
  | { do: Name }
  | AtViewer;

/** One conversation, three viewers, and everything that may happen between them. */
export class Viewing {
  readonly scene: Scene;
  readonly talk: Talk;
  readonly viewers: Viewer[];
  gateway: Gateway;

  constructor(scene: Scene) {
    this.scene = scene;
    this.talk = new Talk(scene);
    this.viewers = [1, 2, 3].map(() => new Viewer(this.talk.id));
    this.gateway = new Gateway(scene.store, this.talk.id);
  }

  async happen(what: Happening): Promise<void> {
    const { conversations } = this.scene.store;
    switch (what.do) {
      case 'send':
        return this.talk.send(what.mode, what.atRoot);
      case 'say':
        return this.talk.say(what.deltas, what.shortcut ? this.gateway : null);
      case 'open':
      case 'complete':
      case 'fail':
      case 'stop':
      case 'sweep':
        return this.talk[what.do]();
      case 'delete':
      case 'restore':
        await conversations[what.do](this.talk.id);
        return;
      case 'pump':
      case 'tip':
        return this.gateway[what.do]();
      case 'gateway dies':
        for (const viewer of this.viewers) if (viewer.view.connected) viewer.disconnect();
        this.gateway = new Gateway(this.scene.store, this.talk.id);
        return;
      default: {
        const viewer = this.viewers[what.viewer];
        if (viewer) await this.#onTheWire(viewer, what);
      }
    }
  }

  async #onTheWire(viewer: Viewer, what: AtViewer): Promise<void> {
    const { store } = this.scene;
    const { down, up, view } = viewer;
    switch (what.do) {
      case 'connect':
        if (!view.connected) viewer.take({ type: 'connected' });
        return;
      case 'disconnect':
        this.gateway.room.delete(viewer);
        if (view.connected) viewer.disconnect();
        return;
      case 'deliver':
        return viewer.deliver(what.place);
      case 'drop':
        down.splice(what.place % Math.max(down.length, 1), 1);
        return;
      case 'double':
        down.push(...down.slice(what.place, what.place + 1));
        return;
      case 'answer': {
        const ask = up.shift();
        if (ask) await this.gateway.answer(viewer, ask);
        return;
      }
      case 'lose ask':
        up.shift();
        return;
      case 'give up':
        if (view.asking !== null) viewer.take({ type: 'unanswered', n: view.asking });
        return;
      case 'tell': {
        const turn = await store.turn(this.talk.last);
        if (turn) down.push({ type: 'turnsTold', turns: [turn] });
        return;
      }
      case 'read page': {
        const page = await store.conversations.page(this.talk.id, { limit: 50 });
        if (page) down.push({ type: 'pageRead', page });
        return;
      }
    }
  }

  /** Nobody sees what the store does not hold, at any moment. */
  look(): void {
    const { sent, texts } = this.talk;
    for (const viewer of this.viewers) {
      for (const turnId of sent) {
        const shown = viewer.shown(turnId);
        const known = viewer.view.turns.get(turnId);
        if (known && isOutcome(known.status)) expect(shown).toBe(this.talk.textOf(turnId));
        if (shown !== '' && !texts.get(turnId)?.includes(shown)) throw new Error(`shown, but never stored: ${shown}`);
      }
      const { live } = viewer.view;
      if (live) expect(viewer.shown(live.turnId)).toBe(texts.get(live.turnId)?.[live.reply.seq] ?? '');
    }
  }

  /** The wire heals: at once everybody, a newcomer too, has what is stored. */
  async converge(): Promise<void> {
    this.viewers.push(new Viewer(this.talk.id));
    for (const viewer of this.viewers) if (!viewer.view.connected) viewer.take({ type: 'connected' });
    for (const look of ['pump', 'tip', 'pump', 'tip'] as const) {
      await this.gateway[look]();
      for (const viewer of this.viewers) await this.#settle(viewer);
    }
    const { conversation } = await this.scene.store.snapshots.conversation(this.talk.id, 0);
    const page = await this.scene.store.conversations.page(this.talk.id, { limit: 50 });
    for (const viewer of this.viewers) {
      if (page && !seesItsRoot(viewer)) viewer.take({ type: 'pageRead', page });
      const { view, up } = viewer;
      expect(up).toEqual([]);
      expect([view.rev, view.asking, view.askAgain]).toEqual([conversation.rev, null, false]);
      if (conversation.rev > 0) expect(view.conversation).toEqual(conversation);
    }
    const line = page?.turns.map((turn) => turn.id) ?? [];
    for (const turnId of this.talk.sent) await this.#compare(turnId, line.includes(turnId));
  }

  /** A turn that is not in the current line need not be known, but none is shown as it was. */
  async #compare(turnId: string, isInLine: boolean): Promise<void> {
    const turn = await this.scene.turn(turnId);
    const whole = this.talk.textOf(turnId);
    expect(turn.reply).toBe(whole);
    for (const viewer of this.viewers) {
      const known = viewer.view.turns.get(turnId);
      if (!known && !isInLine) continue;
      expect(viewer.shown(turnId)).toBe(whole);
      expect([known?.status, known?.rev, known?.parentId]).toEqual([turn.status, turn.rev, turn.parentId]);
      if (isOutcome(turn.status)) expect(known).toEqual(turn);
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
}
