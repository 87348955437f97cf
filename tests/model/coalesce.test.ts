import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Chunk, TurnEvent } from '#lib/protocol/event.ts';
import { createCoalescer } from '#worker/stream/coalesce.ts';

const text = (delta: string, id = '0'): TurnEvent => ({ step: 0, chunk: { type: 'text-delta', id, delta } });
const thought = (delta: string): TurnEvent => ({ step: 0, chunk: { type: 'reasoning-delta', id: '0', delta } });
const event = (chunk: Chunk): TurnEvent => ({ step: 0, chunk });
const END = event({ type: 'finish-step' });

/** The text of each part, whatever pieces it came in. */
function texts(events: TurnEvent[]): Record<string, string> {
  const parts: Record<string, string> = {};
  for (const { step, chunk } of events) {
    if (!('delta' in chunk)) continue;
    const part = `${step} ${chunk.type} ${chunk.id}`;
    parts[part] = (parts[part] ?? '') + chunk.delta;
  }
  return parts;
}

test('[LOG5] neighbouring deltas of a part are one event; others keep their order', () => {
  const gathered = createCoalescer();
  const start = event({ type: 'text-start', id: '1' });
  for (const one of [text('a'), text('b'), thought('c'), text('d'), start, text('e', '1'), text('f', '1')])
    gathered.add(one);
  expect(gathered.take()).toEqual([text('ab'), thought('c'), text('d'), start, text('ef', '1')]);
  expect(gathered.take()).toEqual([]);
});

test('[LOG5] half a surrogate pair at the end stays for the next take', () => {
  const gathered = createCoalescer();
  gathered.add(text('one \ud83d'));
  expect(gathered.take()).toEqual([text('one ')]);
  expect(gathered.take()).toEqual([]);
  gathered.add(text('\ude80 two'));
  expect(gathered.take()).toEqual([text('🚀 two')]);
});

test('[LOG5] a half that finds no partner goes out as it came, in its own part', () => {
  const gathered = createCoalescer();
  for (const one of [text('\ud83d'), END]) gathered.add(one);
  expect(gathered.take()).toEqual([text('\ud83d'), END]);
  for (const one of [thought('\ud83d'), text('plain')]) gathered.add(one);
  gathered.add(END);
  expect(texts(gathered.take())).toEqual({ '0 reasoning-delta 0': '\ud83d', '0 text-delta 0': 'plain' });
});

const HALVES = ['\ud83d', '\ude80', '🚀', 'x', ''];

test('[LOG5] whatever comes in whatever pieces: each part’s text is exact, and the end is the end', () => {
  const step = fc.record({
    delta: fc.oneof(fc.constantFrom(...HALVES), fc.string({ unit: 'binary', maxLength: 4 })),
    part: fc.constantFrom('text', 'text', 'other text', 'thought'),
    takes: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const gathered = createCoalescer();
      const given: TurnEvent[] = [];
      const taken: TurnEvent[] = [];
      for (const { delta, part, takes } of steps) {
        const one = part === 'thought' ? thought(delta) : text(delta, part);
        given.push(one);
        gathered.add(one);
        if (takes) taken.push(...gathered.take());
      }
      gathered.add(END);
      taken.push(...gathered.take());
      expect(texts(taken)).toEqual(
        Object.fromEntries(Object.entries(texts(given)).filter(([, whole]) => whole !== '')),
      );
      expect(taken.at(-1)).toEqual(END);
    }),
    { numRuns: 500 },
  );
});

test('[LOG5] no join splits a pair that was whole in the part’s text', () => {
  const cuts = fc.array(fc.record({ units: fc.integer({ min: 1, max: 3 }), takes: fc.boolean() }), { minLength: 40 });
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 15 }), cuts, (whole, pieces) => {
      const gathered = createCoalescer();
      const taken: TurnEvent[] = [];
      let at = 0;
      for (const { units, takes } of pieces) {
        gathered.add(text(whole.slice(at, (at += units))));
        if (takes) taken.push(...gathered.take());
      }
      gathered.add(text(whole.slice(at)));
      gathered.add(END);
      taken.push(...gathered.take());
      for (const { chunk } of taken) if ('delta' in chunk) expect(chunk.delta.isWellFormed()).toBe(true);
      expect(texts(taken)['0 text-delta 0'] ?? '').toBe(whole);
    }),
    { numRuns: 500 },
  );
});
