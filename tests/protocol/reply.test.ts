import { readUIMessageStream, type UIMessage } from 'ai';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { joinDeltas, type TurnEvent } from '#lib/protocol/event.ts';
import { applyRange, EMPTY_REPLY, partsOf, proofOf, textOf, type Reply } from '#lib/protocol/reply.ts';
import { finishStep, reasoning, reasoningStart, resetStep, startStep, text, textEnd, textStart } from './events.ts';
import { logs } from './logs.ts';

const read = (...events: TurnEvent[]): Reply => {
  const reply = applyRange(EMPTY_REPLY, { from: 1, to: events.length, events });
  if (typeof reply === 'string') throw new Error(reply);
  return reply;
};
const textIn = (reply: Reply) => textOf(partsOf(reply, 'open'));

describe('applyRange', () => {
  const reply = read(startStep(), textStart(), text('one'));

  test('[VIEW4] what continues the reply is applied', () => {
    const next = applyRange(reply, { from: 4, to: 5, events: [text(' two'), text(' three')] });
    if (typeof next === 'string') throw new Error(next);
    expect([next.seq, textIn(next)]).toEqual([5, 'one two three']);
  });

  test('[VIEW4] a merged range counts by its places, not by its events', () => {
    const next = applyRange(reply, { from: 4, to: 9, events: [text(' two to seven')] });
    if (typeof next === 'string') throw new Error(next);
    expect([next.seq, textIn(next)]).toEqual([9, 'one two to seven']);
  });

  test('[VIEW4] what lies below is known, what leaves events out or overlaps is a gap', () => {
    expect(applyRange(reply, { from: 1, to: 3, events: [text('one')] })).toBe('known');
    expect(applyRange(reply, { from: 3, to: 3, events: [text('one')] })).toBe('known');
    expect(applyRange(reply, { from: 5, to: 6, events: [text('x')] })).toBe('gap');
    expect(applyRange(reply, { from: 3, to: 4, events: [text('onex')] })).toBe('gap');
    expect(applyRange(reply, { from: 1, to: 9, events: [text('x')] })).toBe('gap');
  });

  test('[VIEW4] the reply that was known stays as it was', () => {
    const before = structuredClone(reply);
    applyRange(reply, { from: 4, to: 4, events: [text(' two')] });
    applyRange(reply, { from: 4, to: 4, events: [resetStep()] });
    expect(reply).toEqual(before);
    expect(EMPTY_REPLY).toEqual({ seq: 0, steps: [], resets: 0 });
  });
});

describe('parts', () => {
  test('a part is known by step and id, and the ids start again in each step', () => {
    const reply = read(
      startStep(0),
      textStart('0', 0),
      text('let me look', '0', 0),
      textEnd('0', 0),
      finishStep(0, ['c']),
      startStep(1),
      textStart('0', 1),
      text('found', '0', 1),
    );
    expect(textIn(reply)).toBe('let me look\n\nfound');
  });

  test('parts that are written in turns keep their own text', () => {
    const reply = read(startStep(), textStart('a'), textStart('b'), text('1', 'a'), text('2', 'b'), text('3', 'a'));
    expect(textIn(reply)).toBe('13\n\n2');
  });

  test('the text is the text parts alone, a blank line between two', () => {
    const reply = read(
      startStep(),
      reasoningStart(),
      reasoning('hm'),
      textStart('a'),
      text('x', 'a'),
      textStart('b'),
      text('y', 'b'),
    );
    expect(textIn(reply)).toBe('x\n\ny');
    expect(textOf([])).toBe('');
    expect(partsOf(EMPTY_REPLY, 'closed')).toEqual([]);
  });

  test('[LOG6] reset-step drops its own step’s text and keeps the steps before', () => {
    const reply = read(
      startStep(0),
      textStart('0', 0),
      text('kept', '0', 0),
      textEnd('0', 0),
      finishStep(0, ['c']),
      startStep(1),
      textStart('0', 1),
      text('dropped', '0', 1),
      resetStep(1),
      textStart('0', 1),
      text('new', '0', 1),
    );
    expect([reply.seq, textIn(reply)]).toEqual([11, 'kept\n\nnew']);
  });

  test('[LOG6] its resets are counted, whatever ranges they come in', () => {
    const first = read(startStep(), textStart(), text('one'));
    expect(first.resets).toBe(0);
    const events = [resetStep(), textStart(), text('two'), resetStep(), textStart(), text('three')];
    const joined = applyRange(first, { from: 4, to: 9, events: joinDeltas(events) });
    if (typeof joined === 'string') throw new Error(joined);
    expect(joined.resets).toBe(2);
    const later = applyRange(joined, { from: 10, to: 10, events: [text(' four')] });
    expect(later).toMatchObject({ resets: 2 });
  });

  test('[LOG7] closed, no part is unfinished; the text is the same', () => {
    fc.assert(
      fc.property(logs, (events) => {
        const reply = read(...events);
        const [open, closed] = [partsOf(reply, 'open'), partsOf(reply, 'closed')];
        expect(JSON.stringify(closed)).not.toContain('"streaming"');
        const withText = (parts: typeof open) =>
          parts.flatMap((part) => ('text' in part && part.text ? [[part.type, part.text]] : []));
        expect(withText(closed)).toEqual(withText(open));
        expect(textOf(closed)).toBe(textOf(open));
      }),
      { numRuns: 300 },
    );
  });

  test('a stored reply is what the AI SDK’s own reader makes of the same chunks', async () => {
    await fc.assert(
      fc.asyncProperty(logs, async (events) => {
        expect(partsOf(read(...events), 'open').map(words)).toEqual((await sdkParts(events)).map(words));
      }),
      { numRuns: 150 },
    );
  });
});

/** What is drawn of a part: the SDK notes the provider's ids beside it. */
const words = (part: UIMessage['parts'][number]) =>
  part.type === 'text' || part.type === 'reasoning'
    ? { type: part.type, text: part.text, state: part.state }
    : { type: part.type };

/** Parts as the SDK builds them from a stream of the chunks. */
async function sdkParts(events: TurnEvent[]): Promise<UIMessage['parts']> {
  const stream = new ReadableStream({
    start(controller) {
      for (const { chunk } of events) controller.enqueue(structuredClone(chunk));
      // The reader tells of no part without text until something else comes.
      controller.enqueue({ type: 'message-metadata', messageMetadata: {} });
      controller.close();
    },
  });
  let parts: UIMessage['parts'] = [];
  for await (const message of readUIMessageStream({ stream, terminateOnError: true })) {
    parts = message.parts.map(({ ...part }) => part);
  }
  return parts;
}

describe('proof', () => {
  test('[VIEW8] it counts UTF-16 units and knows every text by its checksum', () => {
    expect(proofOf(7, '👍🏿')).toMatchObject({ seq: 7, length: 4 });
    expect(proofOf(7, 'text')).toEqual(proofOf(7, 'text'));
    const texts = ['', ' ', 'a', 'b', 'ab', 'ba', 'e\u0301', '\u00e9', 'a\n', 'A'];
    expect(new Set(texts.map((each) => proofOf(0, each).checksum)).size).toBe(texts.length);
  });

  test('[VIEW8] one changed unit anywhere changes it', () => {
    const long = 'once upon a time '.repeat(40);
    for (let at = 0; at < long.length; at += 7) {
      const changed = `${long.slice(0, at)}#${long.slice(at + 1)}`;
      expect(proofOf(1, changed).checksum).not.toBe(proofOf(1, long).checksum);
    }
  });

  test('[VIEW8] joining a log changes no proof', () => {
    fc.assert(
      fc.property(logs, (events) => {
        const joined = applyRange(EMPTY_REPLY, { from: 1, to: events.length, events: joinDeltas(events) });
        if (typeof joined === 'string') throw new Error(joined);
        expect(proofOf(1, textIn(joined))).toEqual(proofOf(1, textIn(read(...events))));
      }),
      { numRuns: 200 },
    );
  });
});
