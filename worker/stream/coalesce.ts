import { joinDeltas, type Chunk, type TurnEvent } from '#lib/protocol/event.ts';

/** Gathers events until the next append: neighbouring deltas become one, and no surrogate pair is split [LOG5]. */
export type Coalescer = {
  add: (event: TurnEvent) => void;
  /** Everything gathered, in order. Half a surrogate pair at the end stays for the next take. */
  take: () => TurnEvent[];
};

export function createCoalescer(): Coalescer {
  let events: TurnEvent[] = [];
  /** The first half of a pair whose second half has not come yet. */
  let half: { event: TurnEvent; unit: string } | null = null;

  function add(event: TurnEvent): void {
    const delta = deltaOf(event.chunk);
    if (half && !isSamePart(half.event, event)) {
      // The half will find no partner: it goes out as it is, and its part's text stays exact.
      events.push(half.event);
      half = null;
    }
    if (delta === null) {
      events.push(event);
      return;
    }
    const text = (half ? half.unit : '') + delta;
    half = null;
    const cut = isHighSurrogate(text.charCodeAt(text.length - 1)) ? text.length - 1 : text.length;
    if (cut > 0) events.push(withDelta(event, text.slice(0, cut)));
    if (cut < text.length) half = { event: withDelta(event, text.slice(cut)), unit: text.slice(cut) };
  }

  return {
    add,
    take() {
      const taken = joinDeltas(events);
      events = [];
      return taken;
    },
  };
}

const isSamePart = (a: TurnEvent, b: TurnEvent) =>
  a.step === b.step && a.chunk.type === b.chunk.type && 'id' in a.chunk && 'id' in b.chunk && a.chunk.id === b.chunk.id;

const deltaOf = (chunk: Chunk) => ('delta' in chunk ? chunk.delta : null);

const withDelta = (event: TurnEvent, delta: string): TurnEvent =>
  'delta' in event.chunk ? { ...event, chunk: { ...event.chunk, delta } } : event;

const isHighSurrogate = (unit: number) => unit >= 0xd800 && unit <= 0xdbff;
