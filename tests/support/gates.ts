type Gate = { opened: Promise<void>; open: () => void };

/**
 * What holds a scenario until the test releases it. A gate once opened stays open, so it does not matter whether the
 * test or the call comes first, and a second attempt of the same turn passes.
 */
export class Gates {
  readonly #gates = new Map<string, Gate>();

  open(key: string): void {
    this.#gate(key).open();
  }

  opened(key: string): Promise<void> {
    return this.#gate(key).opened;
  }

  /** All are shut again; who waits at one of the old gates is left to its own call's end. */
  clear(): void {
    this.#gates.clear();
  }

  #gate(key: string): Gate {
    const known = this.#gates.get(key);
    if (known) return known;
    const { promise, resolve } = Promise.withResolvers<void>();
    const gate = { opened: promise, open: resolve };
    this.#gates.set(key, gate);
    return gate;
  }
}
