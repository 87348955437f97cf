import type { Store } from '#lib/store/store.ts';
import type { Machine } from './clock.ts';
import { count } from './census.ts';
import { checkTaken, countMet, heldBefore, isVain } from './meeting.ts';
import type { WorkerProcess } from './worker.ts';
import type { World } from './world.ts';

const never = () => new Promise<never>(() => {});

/** A store call at which its process dies: so many calls from now, before it or after it. */
type Doom = { calls: number; isAfter: boolean; worker: WorkerProcess; backMs: number };

/**
 * How processes reach the store: one call at a time, as SQLite has it, looked at by the ledger after each. Around every
 * call its process may die, stand still, or meet trouble: then nobody knows whether it was done.
 */
export class Storage {
  isTroubled = false;
  doom: Doom | null = null;
  readonly #world: World;
  readonly #store: Store;
  #last: Promise<unknown> = Promise.resolve();
  readonly #remembered = new Map<string, { version: number; answer: Promise<unknown> }>();

  constructor(world: World, store: Store) {
    this.#world = world;
    this.#store = store;
  }

  reachedBy(machine: Machine, worker?: WorkerProcess): Store {
    const { log, snapshots, outbox, conversations } = this.#store;
    const around = (verb: string, run: () => Promise<unknown>, args: unknown[]) =>
      this.#call({ machine, worker, verb, args, run });
    const wrap = <T extends object>(name: string, verbs: T): T =>
      Object.fromEntries(
        Object.entries(verbs).map(([verb, run]: [string, (...args: unknown[]) => Promise<unknown>]) => [
          verb,
          (...args: unknown[]) => around(`${name}.${verb}`, () => run(...args), args),
        ]),
      ) as T;
    const { submit, turn, lineLength } = wrap('store', {
      submit: this.#store.submit,
      turn: this.#store.turn,
      lineLength: this.#store.lineLength,
    });
    return {
      ...this.#store,
      log: wrap('log', log),
      snapshots: wrap('snapshots', snapshots),
      outbox: wrap('outbox', outbox),
      conversations: wrap('conversations', conversations),
      submit,
      turn,
      lineLength,
    };
  }

  async #call(call: Call): Promise<unknown> {
    const { machine, verb } = call;
    await this.#hold(machine);
    if (machine.isDead) return never();
    if (call.worker && isVain(this.#world, verb)) return [];
    if (this.#comesTrue(call, false)) return never();
    this.#breaks('before', call);
    const turn = this.#last.then(() => this.#run(call));
    this.#last = turn.catch(() => {}); // its caller's matter, below: the next call only waits for it
    const answer = await turn;
    if (this.#comesTrue(call, true)) return never();
    await this.#hold(machine);
    if (machine.isDead) return never();
    this.#breaks('after', call);
    return answer;
  }

  async #run({ machine, worker, verb, args, run }: Call): Promise<unknown> {
    if (machine.isDead) return undefined;
    const { ledger, workers, note } = this.#world;
    const key = MEMORABLE.has(verb) ? `${verb} ${JSON.stringify(args)}` : null;
    const known = key === null ? undefined : this.#remembered.get(key);
    if (known?.version === ledger.version) return known.answer;
    const held = heldBefore(this.#world, args);
    const answer = await run();
    note(() => `${machine.name}: ${verb} ${short(args)} → ${short(answer)}`);
    countMet(this.#world, verb, args, answer, held);
    checkTaken(this.#world, verb, args, answer, held);
    const hasChanged = ledger.look();
    if (key !== null) this.#remembered.set(key, { version: ledger.version, answer: Promise.resolve(answer) });
    for (const other of hasChanged ? workers : []) if (other !== worker) other.stir();
    return answer;
  }

  async #hold(machine: Machine): Promise<void> {
    for (;;) {
      const left = machine.frozenUntil - this.#world.clock.now;
      if (left <= 0) return;
      await this.#world.clock.pause(left);
    }
  }

  /** The store cannot say what became of a call: with trouble it was done or not. */
  #breaks(when: string, { verb, worker }: Call): void {
    if (!this.isTroubled || !worker) return;
    if (!this.#world.dice.percent(`trouble ${when}`, 20)) return;
    count(this.#world.census, 'store troubles');
    throw new Error(`the store broke ${when} ${verb}`);
  }

  #comesTrue({ worker }: Call, isAfter: boolean): boolean {
    const { doom } = this;
    if (!doom || doom.worker !== worker || doom.isAfter !== isAfter || --doom.calls > 0) return false;
    this.doom = null;
    doom.worker.crash(doom.backMs);
    return true;
  }
}

type Call = {
  machine: Machine;
  worker: WorkerProcess | undefined;
  verb: string;
  args: unknown[];
  run: () => Promise<unknown>;
};

/** What depends on the store's content alone is not read twice while it stands: a worker looks every second. */
const MEMORABLE = new Set(['snapshots.tips', 'log.endedAmong']);

const short = (value: unknown) => JSON.stringify(value)?.slice(0, 300) ?? 'nothing';
