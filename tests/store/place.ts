import type { Store } from '#lib/store/store.ts';

/** Where one store lies: a test may open it twice, after a close, and from other processes. */
export type StorePlace = {
  open: (options?: { now?: () => number; durable?: boolean }) => Store;
  /** What another process needs in its environment to open the same store. */
  env: Record<string, string>;
  remove: () => Promise<void>;
};

/** A new and empty store, at this code's schema. */
export type MakePlace = () => Promise<StorePlace>;
