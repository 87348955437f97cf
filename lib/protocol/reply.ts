import type { EventRange, TurnEvent } from './event.ts';
import type { Part, Proof } from './turn.ts';

/** A part that is still being written. The SDK's ids start again in each step, so a part is known by (step, id). */
type GrowingPart = { type: 'text' | 'reasoning'; id: string; text: string; done: boolean };

/** A reply as far as its log goes: `seq` is the last event in it. One list of parts per step. */
export type Reply = {
  seq: number;
  steps: GrowingPart[][];
  /** How often a step began again, before whoever was looking [LOG6]. */
  resets: number;
};

export const EMPTY_REPLY: Reply = { seq: 0, steps: [], resets: 0 };

/** The reply after one more event; the given one is not changed. */
function withEvent(steps: GrowingPart[][], { step, chunk }: TurnEvent): GrowingPart[][] {
  const kept = steps.slice(0, step);
  const parts = steps[step] ?? [];
  switch (chunk.type) {
    case 'start-step':
    case 'reset-step':
      // A second attempt begins the same step again; what the steps before it made stays [LOG6].
      return [...kept, []];
    case 'text-start':
    case 'reasoning-start':
      return [...kept, [...parts, { type: typeOf(chunk.type), id: chunk.id, text: '', done: false }]];
    case 'text-delta':
    case 'reasoning-delta':
      return [
        ...kept,
        change(parts, chunk.id, typeOf(chunk.type), (part) => ({ ...part, text: part.text + chunk.delta })),
      ];
    case 'text-end':
    case 'reasoning-end':
      return [...kept, change(parts, chunk.id, typeOf(chunk.type), (part) => ({ ...part, done: true }))];
    case 'finish-step':
      return [...kept, parts.map((part) => ({ ...part, done: true }))];
  }
}

const typeOf = (chunkType: string) => (chunkType.startsWith('text') ? 'text' : 'reasoning');

function change(
  parts: GrowingPart[],
  id: string,
  type: GrowingPart['type'],
  by: (part: GrowingPart) => GrowingPart,
): GrowingPart[] {
  return parts.map((part) => (part.id === id && part.type === type && !part.done ? by(part) : part));
}

/**
 * Applies a range of events iff it continues the reply [VIEW4]: `'known'` lies wholly below its seq,
 * `'gap'` leaves events out. A range that overlaps is a gap: merged text cannot be taken apart.
 */
export function applyRange(reply: Reply, range: Pick<EventRange, 'from' | 'to' | 'events'>): Reply | 'known' | 'gap' {
  if (range.to <= reply.seq) return 'known';
  if (range.from !== reply.seq + 1) return 'gap';
  const resets = range.events.filter(({ chunk }) => chunk.type === 'reset-step').length;
  return { seq: range.to, steps: range.events.reduce(withEvent, reply.steps), resets: reply.resets + resets };
}

/** The AI SDK's parts of a reply. `end` closes what is unfinished, or every later model call would be refused [LOG7]. */
export function partsOf(reply: Reply, end: 'open' | 'closed'): Part[] {
  return reply.steps.flatMap((parts): Part[] => [
    { type: 'step-start' },
    ...parts
      .filter((part) => part.text !== '' || end === 'open')
      .map(({ type, text, done }): Part => ({ type, text, state: done || end === 'closed' ? 'done' : 'streaming' })),
  ]);
}

/** The text of a reply: its text parts, a blank line between two of them. */
export function textOf(parts: readonly Part[]): string {
  return parts
    .filter((part) => part.type === 'text')
    .map((part) => part.text)
    .filter((text) => text !== '')
    .join('\n\n');
}

export function proofOf(seq: number, text: string): Proof {
  return { seq, length: text.length, checksum: checksumOf(text) };
}

/** FNV-1a, 32 bits, over UTF-16 units (Fowler, Noll, Vo): finds a slip, is no defence; runs in browser and worker alike. */
function checksumOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, '0');
}
