import type { TurnToSend } from './api.ts';

/** A message that was sent and is not yet accepted. `createdAt` is this browser's clock, ISO 8601. */
export type Outgoing = TurnToSend & { createdAt: string; refused: string | null };

const PREFIX = 'parley.outgoing.';

export type OutgoingStorage = ReturnType<typeof createOutgoingStorage>;

/** `find` is asked at each use: a server has no storage, and a browser may forbid it (null). One entry a message, so that two tabs never write over each other's. */
export function createOutgoingStorage(find: () => Storage | null) {
  return {
    keep(outgoing: Outgoing): void {
      try {
        find()?.setItem(PREFIX + outgoing.id, JSON.stringify(outgoing));
      } catch {
        // The storage is full: the message is sent all the same, and only a reload before that would lose it.
      }
    },
    forget: (id: string): void => find()?.removeItem(PREFIX + id),
    /** Oldest first, as ids made by one browser grow with time. */
    all(): Outgoing[] {
      const storage = find();
      const keys = Array.from({ length: storage?.length ?? 0 }, (_, index) => storage?.key(index) ?? '');
      return keys
        .filter((key) => key.startsWith(PREFIX))
        .sort()
        .flatMap((key) => parse(storage?.getItem(key) ?? 'null'));
    },
  };
}

/** The message that another tab took out of the storage: it was accepted there, or discarded. */
export const forgottenBy = ({ key, newValue }: StorageEvent): string | null =>
  key?.startsWith(PREFIX) && newValue === null ? key.slice(PREFIX.length) : null;

function parse(text: string): Outgoing[] {
  try {
    const outgoing = JSON.parse(text) as Outgoing | null;
    return outgoing === null ? [] : [outgoing];
  } catch {
    // Written by hand: nothing that can be sent.
    return [];
  }
}
