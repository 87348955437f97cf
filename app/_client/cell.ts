/** A value and those who watch it: all the state management that the page has. */
export type Cell<T> = {
  get: () => T;
  /** What the server drew with, so that the browser's first drawing is the same. */
  getInitial: () => T;
  set: (next: T) => void;
  watch: (listener: () => void) => () => void;
};

export type Watched<T> = Omit<Cell<T>, 'set'>;

export function createCell<T>(initial: T): Cell<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    getInitial: () => initial,
    set(next) {
      if (Object.is(next, value)) return;
      value = next;
      for (const listener of listeners) listener();
    },
    watch(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
