import type { SubscribeAnswer } from '#app/_client/gateway.ts';
import type { Subscribe } from '#lib/protocol/command.ts';
import type { ServerToClient } from '#lib/protocol/message.ts';
import type { Viewer } from '#worker/gateway/viewer.ts';
import { watch } from '#worker/gateway/watching.ts';
import { machines } from './clock.ts';
import type { WorkerProcess } from './worker.ts';
import type { World } from './world.ts';

type Life = NonNullable<WorkerProcess['life']>;
export type Receive = (event: keyof ServerToClient, message: never) => void;

/** One connection between a page and the gateway: what goes over it may be lost, come twice, or overtake. */
export class Wire {
  asked = 0;
  readonly #world: World;
  readonly #life: Life;
  readonly #watching: ReturnType<typeof watch>;
  readonly #closes: (() => void)[] = [];
  #isClosed = false;

  constructor(world: World, life: Life, receive: Receive) {
    this.#world = world;
    this.#life = life;
    const { store, gateway } = life;
    const viewer: Viewer = {
      send: (event, ...message) => {
        // As it stands now: the gateway goes on counting in what it has sent.
        const sent = event === 'tipReached' ? structuredClone(message[0]) : message[0];
        this.#down(() => receive(event, sent as never));
      },
    };
    const { channels, pump } = gateway!;
    this.#watching = watch({ viewer, snapshots: store.snapshots, channels, wake: pump.wake });
  }

  onClose(run: () => void): void {
    this.#closes.push(run);
  }

  ask(message: Subscribe, answer: (answer: SubscribeAnswer) => void): void {
    this.asked++;
    if (this.#loses('ask')) return;
    const { clock, dice } = this.#world;
    const refusal = { error: { code: 'store_unavailable', message: 'The store does not answer now.' } };
    const tell = (said: SubscribeAnswer) => this.#isClosed || this.#answer(() => answer(said));
    clock.after(dice.between('up', 1, 10), () => {
      if (this.#isClosed || this.#life.machine.isDead) return;
      void machines.run(this.#life.machine, () => this.#watching.answerTo(message).then(tell, () => tell(refusal)));
    });
  }

  /** The gateway notices a moment later, if it still lives. */
  close(): void {
    this.#isClosed = true;
    for (const run of this.#closes) run();
    const { machine } = this.#life;
    const { clock, dice } = this.#world;
    clock.after(dice.between('close', 1, 300), () => {
      if (!machine.isDead) machines.run(machine, () => this.#watching.end());
    });
  }

  #loses(what: string): boolean {
    const { schedule, isCalm, dice } = this.#world;
    return schedule.rough.frames && !isCalm && dice.percent(`${what} lost`, 4);
  }

  #answer(take: () => void): void {
    const { clock, dice, schedule, isCalm } = this.#world;
    if (this.#loses('answer')) return;
    const isLate = schedule.rough.frames && !isCalm && dice.percent('answer late', 8);
    clock.after(isLate ? dice.between('late answer', 50, 6_000) : dice.between('answer', 1, 12), () => {
      if (!this.#isClosed) take();
    });
  }

  #down(take: () => void): void {
    if (this.#isClosed || this.#life.machine.isDead || this.#loses('frame')) return;
    const { clock, dice, schedule, isCalm } = this.#world;
    const isRough = schedule.rough.frames && !isCalm;
    const arrive = () => {
      if (!this.#isClosed) take();
    };
    clock.after(isRough ? dice.between('frame', 1, 15) : 2, arrive);
    if (isRough && dice.percent('frame doubled', 4)) clock.after(dice.between('again', 5, 400), arrive);
  }
}
