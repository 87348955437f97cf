import { createCell } from '#app/_client/cell.ts';
import { createConversationStore, type ConversationStore } from '#app/_client/conversation-store.ts';
import type { Gateway, Link, SubscribeAnswer } from '#app/_client/gateway.ts';
import type { Subscribe } from '#lib/protocol/command.ts';
import type { ServerToClient } from '#lib/protocol/message.ts';
import type { View } from '#lib/protocol/reduce.ts';
import type { Turn } from '#lib/protocol/turn.ts';
import { count } from './census.ts';
import { machines, type Machine } from './clock.ts';
import { checkShown } from './showing.ts';
import { Wire } from './wire.ts';
import type { World } from './world.ts';

/** As in app/_client/gateway.ts and app/_client/pause.ts. */
const ANSWER_MS = 5_000;
const PAUSE_MS = 300;

type Listeners = Map<keyof ServerToClient, (message: never) => void>;

/** A browser page: the real page's store of one conversation, over a wire that loses, doubles and mixes up. */
export class Page {
  readonly name: string;
  readonly conversationId: string;
  readonly #world: World;
  readonly #machine: Machine;
  #store: ConversationStore | null = null;
  #end = () => {};
  #link = createCell<Link>('connecting');
  #listeners: Listeners = new Map();
  #wire: Wire | null = null;
  #isOffline = false;

  constructor(world: World, name: string, conversationId: string) {
    this.#world = world;
    this.name = name;
    this.conversationId = conversationId;
    this.#machine = { name, isDead: false, frozenUntil: 0 };
  }

  get view(): View | null {
    return this.#store?.state.get().view ?? null;
  }

  /** `isNew`: its user has just begun the conversation here, so that there is nothing to read first. */
  open(isNew: boolean): void {
    this.close();
    this.#world.note(() => `${this.name} opens`);
    this.#link = createCell<Link>('connecting');
    this.#listeners = new Map();
    machines.run(this.#machine, () => {
      this.#store = createConversationStore({
        id: this.conversationId,
        isNew,
        api: {
          page: (id) => this.#readPage(id),
          // No simulated reader follows a link.
          findTurn: async () => ({ ok: false, status: 404, code: 'not_found', message: 'Not asked for.' }),
        },
        gateway: this.#gateway(),
        nextFrame: (run) => run(),
        pause: (tries) => this.#world.clock.pause(PAUSE_MS * Math.min(2 ** tries, 8)),
      });
      this.#end = this.#store.start();
    });
    this.#connect();
  }

  close(): void {
    this.#end();
    this.#wire?.close();
    this.#wire = null;
    this.#store = null;
  }

  /** The network goes, and comes back. */
  drop(ms: number): void {
    this.#isOffline = true;
    this.hungUp();
    this.#world.clock.after(ms, () => {
      this.#isOffline = false;
      this.#connect();
    });
  }

  /** The gateway's end of the wire is gone. */
  hungUp(): void {
    if (!this.#wire) return;
    this.#wire.close();
    this.#wire = null;
    const { clock, dice } = this.#world;
    clock.after(dice.between('hung up', 1, 20), () => {
      if (!this.#wire) this.#take(() => this.#link.set('disconnected'));
    });
    clock.after(dice.between('reconnect', 50, 200), () => this.#connect());
  }

  /** The answer to what was done in this page. */
  told(turn: Turn): void {
    if (this.#store) this.#take(() => void this.#store?.told([turn]));
  }

  #connect(): void {
    if (this.#wire || this.#isOffline || !this.#store) return;
    const { clock, dice, workers } = this.#world;
    const life = workers[0]?.life;
    if (!life?.gateway) return void clock.after(dice.between('reconnect', 80, 200), () => this.#connect());
    if (this.#link.get() === 'connected') this.#take(() => this.#link.set('disconnected'));
    this.#wire = new Wire(this.#world, life, (event, message) => this.#receive(event, message));
    this.#take(() => this.#link.set('connected'));
  }

  #gateway(): Omit<Gateway, 'start'> {
    return {
      link: this.#link,
      subscribe: (message) => this.#subscribe(message),
      on: (event, listener) => {
        this.#listeners.set(event, listener);
        return () => void this.#listeners.delete(event);
      },
    };
  }

  async #subscribe(message: Subscribe): Promise<SubscribeAnswer> {
    const wire = this.#wire;
    if (!wire) return null;
    const { clock } = this.#world;
    const answer = Promise.withResolvers<SubscribeAnswer>();
    clock.after(ANSWER_MS, () =>
      answer.resolve({ error: { code: 'unanswered', message: 'The gateway does not answer.' } }),
    );
    wire.onClose(() => answer.resolve(null));
    wire.ask(message, answer.resolve);
    const got = await answer.promise;
    queueMicrotask(() => this.#look());
    return got;
  }

  #receive(event: keyof ServerToClient, message: never): void {
    const asked = this.#wire?.asked ?? 0;
    const before = this.view;
    this.#take(() => this.#listeners.get(event)?.(message));
    if (event === 'tipReached') return;
    const { census } = this.#world;
    if ((this.#wire?.asked ?? 0) > asked || (!before?.askAgain && this.view?.askAgain)) count(census, 'gap');
    else if (before === this.view) count(census, 'stale frames');
  }

  #take(happen: () => void): void {
    machines.run(this.#machine, happen);
    this.#look();
    this.#world.note(() => `${this.name} ${this.#inShort()}`);
  }

  async #readPage(id: string): ReturnType<Parameters<typeof createConversationStore>[0]['api']['page']> {
    const { clock, dice, storage } = this.#world;
    await clock.pause(dice.between('page', 1, 10));
    const page = await storage.reachedBy(this.#machine).conversations.page(id, { limit: 50 });
    await clock.pause(dice.between('page', 1, 20));
    queueMicrotask(() => this.#look());
    return page ? { ok: true, value: page } : { ok: false, status: 404, code: 'not_found', message: 'No.' };
  }

  #inShort(): string {
    const { view } = this;
    const turns = [...(view?.turns.values() ?? [])].map(({ id, status }) => `${id} ${status}`);
    return `knows rev ${view?.rev}, ${turns.join(', ')}, live ${view?.live?.turnId}#${view?.live?.reply.seq}`;
  }

  #look(): void {
    if (this.view) checkShown(this.#world, this.name, this.view);
  }
}
