import { AsyncLocalStorage } from 'node:async_hooks';

/** One simulated process: what it began ends with it, and stands still while it is frozen. */
export type Machine = { name: string; isDead: boolean; frozenUntil: number };

/** Whose code runs now. Follows promises and timers, as every AsyncLocalStorage does. */
export const machines = new AsyncLocalStorage<Machine>();

type Event = { at: number; order: number; run: () => unknown; isOff: boolean };

/** Lets everything happen that follows from promises already resolved. */
export const settle = (): Promise<void> => new Promise((resolve) => realSetImmediate(resolve));
const realSetImmediate = setImmediate;

/** Virtual time: a heap of what comes next. Events of one instant happen in the order they were made. */
export class Clock {
  now = 0;
  readonly #heap: Event[] = [];
  #made = 0;

  /** Runs at `now + ms`; what is returned takes it back. */
  after(ms: number, run: () => unknown): () => void {
    const event = { at: this.now + Math.max(0, ms), order: this.#made++, run, isOff: false };
    this.#push(event);
    return () => void (event.isOff = true);
  }

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  /** The next event and all that follows from it at once; false when nothing is left to come. */
  async step(): Promise<boolean> {
    const event = this.#pop();
    if (!event) return false;
    if (event.isOff) return true;
    this.now = event.at;
    await event.run();
    await settle();
    return true;
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let at = heap.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(event, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = event;
  }

  #pop(): Event | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (!first || !last || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

const isBefore = (a: Event, b: Event) => a.at < b.at || (a.at === b.at && a.order < b.order);
