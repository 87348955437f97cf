import { randomUUID } from 'node:crypto';
import { test } from 'vitest';
import type { SendTurn } from '#lib/protocol/command.ts';
import type { Fence } from '#lib/protocol/fence.ts';
import type { Turn } from '#lib/protocol/turn.ts';
import type { Store } from '#lib/store/store.ts';
import type { Opened } from '#lib/store/opening.ts';
import type { Submitted } from '#lib/store/submit.ts';
import { Attempt, fenceOf } from './attempt.ts';
import type { MakePlace, StorePlace } from './place.ts';
import { startRemote, type Remote } from './remote.ts';

type Sending = { id?: string; mode?: 'queue' | 'interject'; parentId?: string | null; to?: string };

/** One conversation in a new store, and a clock that only the test moves. */
export class Scene {
  readonly place: StorePlace;
  readonly store: Store;
  readonly conversationId = randomUUID();
  time = Date.UTC(2026, 10, 23);
  readonly #others: Store[] = [];
  readonly #remotes: Remote[] = [];
  #opens = 0;

  constructor(place: StorePlace) {
    this.place = place;
    this.store = place.open({ now: () => this.time });
  }

  /** Another connection to the same store, by the same clock. */
  connect(): Store {
    const store = this.place.open({ now: () => this.time });
    this.#others.push(store);
    return store;
  }

  /** Another process at the same store, by the same clock. */
  async remote(): Promise<Remote> {
    const remote = await startRemote(this.place, () => this.time);
    this.#remotes.push(remote);
    return remote;
  }

  async close(): Promise<void> {
    for (const remote of this.#remotes) await remote.kill();
    for (const store of [this.store, ...this.#others]) await store.close();
    await this.place.remove();
  }

  submit(prompt: string, { to = this.conversationId, ...over }: Sending = {}): Promise<Submitted> {
    const command: SendTurn = { id: randomUUID(), prompt, mode: 'queue', ...over };
    return this.store.submit(to, command);
  }

  /** A send that must be taken: its whole answer. */
  async accepted(prompt: string, over: Sending = {}): Promise<Extract<Submitted, { kind: 'accepted' }>> {
    const answer = await this.submit(prompt, over);
    if (answer.kind !== 'accepted') throw new Error(`the send was refused: ${answer.code}`);
    return answer;
  }

  async send(prompt: string, over: Sending = {}): Promise<string> {
    return (await this.accepted(prompt, over)).turn.id;
  }

  async interject(prompt: string): Promise<string> {
    return this.send(prompt, { mode: 'interject' });
  }

  open(turnId: string, fence: Fence = fenceOf(), from?: Fence): Promise<Opened> {
    return this.store.log.open({
      turnId,
      step: fence.step,
      fence,
      ...(from && { from }),
      taskToken: `token-${++this.#opens}`,
      owner: 'owner-1',
      model: 'model-1',
    });
  }

  /** An open that must be granted. */
  async begin(turnId: string, fence: Fence = fenceOf(), from?: Fence): Promise<Attempt> {
    const answer = await this.open(turnId, fence, from);
    if (answer.kind !== 'opened') throw new Error(`open answered ${JSON.stringify(answer)}`);
    return new Attempt(this.store, turnId, fence, answer.reply);
  }

  /** A turn that runs and has said `reply`. */
  async running(prompt: string, reply = '', over: Sending = {}): Promise<{ id: string; attempt: Attempt }> {
    const id = await this.send(prompt, over);
    const attempt = await this.begin(id);
    if (reply !== '') await attempt.say(reply);
    return { id, attempt };
  }

  /** A turn that has run to its end. */
  async completed(prompt: string, reply = 'yes', over: Sending = {}): Promise<string> {
    const id = await this.send(prompt, over);
    const attempt = await this.begin(id);
    await attempt.say(reply);
    await attempt.finish();
    return id;
  }

  async turn(id: string): Promise<Turn> {
    const turn = await this.store.turn(id);
    if (!turn) throw new Error(`there is no turn ${id}`);
    return turn;
  }

  async rev(): Promise<number> {
    return (await this.store.snapshots.conversation(this.conversationId, 0)).conversation.rev;
  }

  /** Prompts of the current line, root first. */
  async line(of: string = this.conversationId): Promise<string[]> {
    const page = await this.store.conversations.page(of, { limit: 50 });
    return page?.turns.map((turn) => turn.prompt) ?? [];
  }
}

/** A test of one scene; the store is new for each. */
export const storeTest = (make: MakePlace) =>
  test.extend('scene', async ({}, { onCleanup }) => {
    const scene = new Scene(await make());
    onCleanup(() => scene.close());
    return scene;
  });

export type StoreTest = ReturnType<typeof storeTest>;
