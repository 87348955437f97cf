import type { Mode } from '#lib/protocol/turn.ts';
import type { Submitted } from '#lib/store/submit.ts';
import type { TemporalClient } from '#lib/temporal/client.ts';
import type { Store } from '#lib/store/store.ts';
import { count } from './census.ts';
import { machines, type Machine } from './clock.ts';
import { promptOf } from './calls.ts';
import type { World } from './world.ts';

type Send = {
  id: string;
  conversationId: string;
  mode: Mode;
  parentId?: string | null;
  isSignalled: boolean;
  answer?: string;
};

export const conversationIds = ['c0', 'c1'];

/** The users, and the web process between them and the store: app/_server/turns.ts and telling.ts, in short. */
export class Users {
  /** Sends in the order that they were thought of; those after the given ones come of retries. */
  readonly sends: Send[] = [];
  /** Turns that were accepted. */
  readonly accepted = new Set<string>();
  readonly #world: World;
  readonly #web: Machine = { name: 'web', isDead: false, frozenUntil: 0 };
  readonly #store: Store;
  readonly #temporal: TemporalClient;

  constructor(world: World) {
    this.#world = world;
    this.#store = world.storage.reachedBy(this.#web);
    this.#temporal = world.temporal.client();
  }

  plan(mode: Mode, to: number, isSignalled: boolean): Send {
    const send: Send = { id: `t${this.sends.length + 1}`, conversationId: conversationIds[to]!, mode, isSignalled };
    this.sends.push(send);
    return send;
  }

  /** The POST is on its way for a moment; its answer may be lost, then the page sends it again. */
  async send(send: Send): Promise<void> {
    const { clock, dice, schedule, violate, census } = this.#world;
    await clock.pause(dice.between('post', 1, 12));
    const { id, conversationId, mode, parentId } = send;
    const command = { id, prompt: promptOf(id), mode, ...(parentId !== undefined && { parentId }) };
    const isFirst = !this.accepted.has(id);
    const answer = await this.#store.submit(conversationId, command);
    if (answer.kind === 'accepted') {
      this.accepted.add(id);
      if (isFirst && answer.turn.status === 'stopped') count(census, 'tombstoned');
      this.#checkSame(send, answer);
      if (answer.signal && send.isSignalled) this.#tellTurn(conversationId, id, answer.ended);
    } else if (!isFirst && answer.code !== 'deleted') violate('SEND2', `${id} was accepted, then ${answer.code}`);
    await clock.pause(dice.between('post', 1, 12));
    if (schedule.rough.signals && dice.percent('answer of the post', 5)) return this.send(send);
    if (answer.kind === 'accepted') this.#pageOf(conversationId)?.told(answer.turn);
  }

  /** The question again, beside the turn that failed. */
  async retry(of: Send): Promise<void> {
    const turn = this.#world.ledger.turns.get(of.id);
    if (turn?.status !== 'failed') return;
    const send = this.plan('queue', conversationIds.indexOf(of.conversationId), true);
    await this.send(Object.assign(send, { parentId: turn.parent_id }));
  }

  async stop({ id, conversationId }: Send): Promise<void> {
    const { clock, dice, stops } = this.#world;
    await clock.pause(dice.between('stop', 1, 12));
    stops.add(id);
    const stopped = await this.#store.conversations.stop(conversationId, id);
    if (!stopped) return;
    if (stopped.signal) {
      this.#inBackground(async () => {
        await this.#temporal.requestStop(conversationId, { turnId: id });
        await this.#store.outbox.stopsTold([id]);
      });
    }
    await clock.pause(dice.between('stop', 1, 12));
    // As app/_client/stops.ts: of a turn without a row nothing is told.
    if (stopped.turn.rev > 0) this.#pageOf(conversationId)?.told(stopped.turn);
  }

  async delete({ conversationId }: Send): Promise<void> {
    const isThere = await this.#store.conversations.delete(conversationId);
    if (isThere) this.#inBackground(() => this.#temporal.terminate(conversationId, 'deleted'));
  }

  async restore({ conversationId }: Send): Promise<void> {
    await this.#store.conversations.restore(conversationId);
  }

  /** [SEND2] the same POST again gets the same answer. */
  #checkSame(send: Send, { turn, ended }: Extract<Submitted, { kind: 'accepted' }>): void {
    const answer = JSON.stringify([turn.order, turn.mode, ended]);
    if (send.answer !== undefined && send.answer !== answer)
      this.#world.violate('SEND2', `${send.id} was answered ${send.answer}, then ${answer}`);
    send.answer = answer;
  }

  #tellTurn(conversationId: string, turnId: string, ended: string[]): void {
    this.#inBackground(async () => {
      await this.#temporal.requestTurn(conversationId, { turnId, ended });
      await this.#store.outbox.signalled(turnId);
      await this.#store.outbox.stopsTold(ended);
    });
  }

  #pageOf(conversationId: string) {
    const pages = this.#world.pages.filter((page) => page.conversationId === conversationId);
    return pages[this.#world.dice.roll('whose page', Math.max(1, pages.length))];
  }

  /** What fails here the outbox tells again. */
  #inBackground(tell: () => Promise<void>): void {
    void machines.run(this.#web, () =>
      tell().catch((error: unknown) => this.#world.note(() => `web: ${String(error)}`)),
    );
  }
}
