/** A part of the model's memory that holds one conversation's tokens. */
export type Slot<Sequence> = { sequence: Sequence };

type Tokens = readonly number[];

/** What the choice looks at; node-llama-cpp's `LlamaContextSequence` has it. */
type Comparable = { compareContextTokens(tokens: Tokens): { firstDifferentIndex: number } };

export type Slots<Sequence> = {
  /** Waits in line while all are taken; leaves the line, and rejects, when the signal aborts. */
  take: (prompt: Tokens, signal: AbortSignal) => Promise<Slot<Sequence>>;
  giveBack: (slot: Slot<Sequence>) => void;
};

/**
 * Hands each prompt the free slot that already holds most of it, so that only the rest must be read.
 *
 * A slot counts as holding it from half of the prompt on; below that the one unused for longest is taken. Every conversation
 * begins with the same system prompt: going by the longest prefix alone, each new one would overwrite the last one's slot
 * while the other stands empty. Reading it all again costs less than twice the reading.
 */
export function createSlots<Sequence extends Comparable>(sequences: readonly Sequence[]): Slots<Sequence> {
  /** The one unused for longest first. */
  const free: Slot<Sequence>[] = sequences.map((sequence) => ({ sequence }));
  const line: ((slot: Slot<Sequence>) => void)[] = [];

  const choose = (prompt: Tokens) => {
    const held = free.map((slot) =>
      Math.min(prompt.length, slot.sequence.compareContextTokens(prompt).firstDifferentIndex),
    );
    const most = Math.max(...held);
    return free.splice(most * 2 >= prompt.length ? held.indexOf(most) : 0, 1)[0];
  };

  return {
    take(prompt, signal) {
      if (signal.aborted) return Promise.reject(signal.reason);
      const slot = choose(prompt);
      if (slot) return Promise.resolve(slot);
      return new Promise((granted, leave) => {
        const grant = (given: Slot<Sequence>) => {
          signal.removeEventListener('abort', giveUp);
          granted(given);
        };
        const giveUp = () => {
          line.splice(line.indexOf(grant), 1);
          leave(signal.reason);
        };
        signal.addEventListener('abort', giveUp, { once: true });
        line.push(grant);
      });
    },
    giveBack(slot) {
      const next = line.shift();
      if (next) next(slot);
      else free.push(slot);
    },
  };
}
