import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { joinDeltas, type TurnEvent } from '#lib/protocol/event.ts';
import { applyRange, EMPTY_REPLY, partsOf, textOf, type Reply } from '#lib/protocol/reply.ts';
import { reasoning, finishStep, text, textEnd, textStart } from './events.ts';
import { logs } from './logs.ts';

const replyOf = (events: TurnEvent[], to: number): Reply => {
  const reply = applyRange(EMPTY_REPLY, { from: 1, to, events });
  if (typeof reply === 'string') throw new Error(reply);
  return reply;
};

describe('joinDeltas', () => {
  test('[LOG5] neighbouring deltas of one part become one', () => {
    expect(joinDeltas([text('a'), text('b'), text('c')])).toEqual([text('abc')]);
    expect(joinDeltas([reasoning('a'), reasoning('b')])).toEqual([reasoning('ab')]);
    expect(joinDeltas([])).toEqual([]);
  });

  test('[LOG5] deltas of two parts, two kinds or two steps stay apart', () => {
    const apart = [text('a', '0'), text('b', '1'), reasoning('c', '1'), reasoning('d', '1', 1), text('e', '1', 1)];
    expect(joinDeltas(apart)).toEqual(apart);
  });

  test('[LOG5] deltas with something between them stay apart', () => {
    const apart = [text('a'), textEnd(), textStart('1'), text('b', '1')];
    expect(joinDeltas(apart)).toEqual(apart);
  });

  test('[LOG1] a step’s end keeps the ids of its tool calls', () => {
    const events = [text('a'), text('b'), finishStep(0, ['call-1'])];
    expect(joinDeltas(events)).toEqual([text('ab'), finishStep(0, ['call-1'])]);
  });

  test('[LOG5] two halves of a surrogate pair come together again', () => {
    const [joined] = joinDeltas([text('a\ud83d'), text('\ude00b')]);
    expect(joined).toEqual(text('a😀b'));
  });

  test('[LOG5] a join changes no text, and what was joined before is as good as what was not', () => {
    fc.assert(
      fc.property(logs, fc.nat(), (events, cut) => {
        const copy = structuredClone(events);
        const joined = joinDeltas(events);
        expect(events).toEqual(copy);
        expect(replyOf(joined, events.length)).toEqual(replyOf(events, events.length));
        const at = cut % (events.length + 1);
        const halves = [...joinDeltas(events.slice(0, at)), ...joinDeltas(events.slice(at))];
        expect(joinDeltas(halves)).toEqual(joined);
        expect(joinDeltas(joined)).toEqual(joined);
      }),
      { numRuns: 500 },
    );
  });

  test('[LOG5] a log read in ranges, each joined, is the log read one by one', () => {
    fc.assert(
      fc.property(logs, fc.array(fc.integer({ min: 1, max: 6 })), (events, sizes) => {
        let reply = EMPTY_REPLY;
        for (let at = 0; at < events.length;) {
          const size = Math.min(sizes.shift() ?? 3, events.length - at);
          const range = { from: at + 1, to: at + size, events: joinDeltas(events.slice(at, at + size)) };
          const next = applyRange(reply, range);
          if (typeof next === 'string') throw new Error(next);
          reply = next;
          at += size;
        }
        expect(reply).toEqual(replyOf(events, events.length));
        expect(textOf(partsOf(reply, 'closed'))).toBe(textOf(partsOf(reply, 'open')));
      }),
      { numRuns: 500 },
    );
  });
});
