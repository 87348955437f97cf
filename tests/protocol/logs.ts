import fc from 'fast-check';
import type { TurnEvent } from '#lib/protocol/event.ts';
import {
  finishStep,
  reasoning,
  reasoningEnd,
  reasoningStart,
  resetStep,
  startStep,
  text,
  textEnd,
  textStart,
} from './events.ts';

/** Deltas with all that breaks when text is cut or counted wrongly, halves of surrogate pairs included. */
const delta = fc.constantFrom('a', ' word', '👨‍👩‍👧', '\ud83d', '\ude00', 'e\u0301', 'שלום', '\n\n', '𠮷', '');

type Part = { kind: 'text' | 'reasoning'; deltas: string[]; ends: boolean };

const part: fc.Arbitrary<Part> = fc.record({
  kind: fc.constantFrom('text', 'reasoning'),
  deltas: fc.array(delta, { maxLength: 5 }),
  ends: fc.boolean(),
});

function partEvents({ kind, deltas, ends }: Part, id: string, step: number): TurnEvent[] {
  const [start, more, end] = kind === 'text' ? [textStart, text, textEnd] : [reasoningStart, reasoning, reasoningEnd];
  return [start(id, step), ...deltas.map((piece) => more(piece, id, step)), ...(ends ? [end(id, step)] : [])];
}

const partsEvents = (parts: Part[], step: number) => parts.flatMap((each, n) => partEvents(each, `${n}`, step));

/** One step: attempts that were given up, each but the first begun by `reset-step` [LOG6], and the last. */
const step = fc.record({
  givenUp: fc.array(fc.array(part, { maxLength: 2 }), { maxLength: 2 }),
  parts: fc.array(part, { maxLength: 3 }),
});

function stepEvents({ givenUp, parts }: { givenUp: Part[][]; parts: Part[] }, number: number, isLast: boolean) {
  const last = isLast ? parts : parts.map((each) => ({ ...each, ends: true }));
  const attempts = [...givenUp, last].flatMap((attempt, n) => [
    n === 0 ? startStep(number) : resetStep(number),
    ...partsEvents(attempt, number),
  ]);
  return isLast ? attempts : [...attempts, finishStep(number, [`call-${number}`])];
}

/** Whole logs of up to three steps; all but the last have ended. */
export const logs: fc.Arbitrary<TurnEvent[]> = fc
  .array(step, { minLength: 1, maxLength: 3 })
  .map((steps) => steps.flatMap((each, number) => stepEvents(each, number, number === steps.length - 1)));
