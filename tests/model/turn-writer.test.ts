import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { until } from '#tests/support/until.ts';
import { delta, event, fenceNo, textOf, USAGE, written, type Answer } from './written-log.ts';

test('[LOG5] the first delta goes out at once, with the step’s start; nothing goes before it', async () => {
  const { writer, appends } = written();
  writer.add(event({ type: 'start-step' }));
  writer.add(event({ type: 'text-start', id: '0' }));
  await writer.flushed();
  expect(appends).toEqual([]);
  writer.add(delta('a'));
  expect(appends[0]).toMatchObject({ seq: 1 });
  expect(appends[0]!.events.map(({ chunk }) => chunk.type)).toEqual(['start-step', 'text-start', 'text-delta']);
});

test('[LOG5] later deltas are joined for 33 ms: one append for many', async () => {
  const { writer, appends, emitted } = written();
  for (const piece of 'a whole sentence in many pieces') writer.add(delta(piece));
  await writer.flushed();
  expect(appends.length).toBe(2);
  expect(emitted.map(({ from, to }) => [from, to])).toEqual([
    [1, 1],
    [2, 2],
  ]);
  expect(textOf(emitted.flatMap(({ events }) => events))).toBe('a whole sentence in many pieces');
});

test('[LOG5] text that flows costs an append for each 33 ms, however many pieces it comes in', async () => {
  const { writer, appends } = written();
  const from = performance.now();
  for (let piece = 0; piece < 300; piece++) {
    writer.add(delta('x'));
    await setImmediate();
  }
  await writer.flushed();
  expect(appends.length).toBeLessThanOrEqual(2 + (performance.now() - from) / 33);
});

test('[LOG5] nobody is told of events before the store has them', async () => {
  const gate = Promise.withResolvers<Answer>();
  const { writer, emitted, appends } = written((nth) => (nth === 1 ? gate.promise : undefined));
  writer.add(delta('a'));
  await until(() => appends.length === 1);
  expect(emitted).toEqual([]);
  gate.resolve({ kind: 'ok' });
  await writer.flushed();
  expect(emitted).toHaveLength(1);
});

test('[LOG3] after a lost answer the very same events are sent again, though more have come meanwhile', async () => {
  const { writer, appends, log, troubles } = written((nth) => (nth <= 2 ? 'lost' : undefined));
  writer.add(delta('a'));
  writer.add(delta('b'));
  writer.complete(USAGE);
  expect(await writer.ended).toEqual({ kind: 'completed' });
  expect(appends[1]).toEqual(appends[0]);
  expect(appends[2]).toEqual(appends[0]);
  expect(textOf(log.events)).toBe('ab');
  expect(troubles).toHaveLength(1);
});

test('[LOG3] a lost answer to the completing append is success', async () => {
  const { writer, log } = written((nth) => (nth === 1 ? 'lost' : undefined));
  writer.add(delta('a'));
  writer.complete(USAGE);
  expect(await writer.ended).toEqual({ kind: 'completed' });
  expect(log.ended).toBe(true);
});

test('[STOP1] an append that is answered `ended` ends the writing, and nobody is told of its events', async () => {
  const { writer, appends, emitted } = written((nth) => (nth > 1 ? { kind: 'ended', outcome: 'stopped' } : undefined));
  writer.add(delta('a'));
  await writer.flushed();
  writer.add(delta('b'));
  expect(await writer.ended).toEqual({ kind: 'ended', outcome: 'stopped' });
  writer.add(delta('c'));
  writer.complete(USAGE);
  await writer.flushed();
  expect(appends).toHaveLength(2);
  expect(textOf(emitted.flatMap(({ events }) => events))).toBe('a');
});

test('[STOP1] a Stop that comes before the completing append wins', async () => {
  const { writer } = written(() => ({ kind: 'ended', outcome: 'stopped' }));
  writer.add(delta('a'));
  writer.complete(USAGE);
  expect(await writer.ended).toEqual({ kind: 'ended', outcome: 'stopped' });
});

test('[LOG2] a fenced append ends the writing when nobody adopts the stream', async () => {
  const { writer, log, emitted } = written();
  log.fence = fenceNo(2);
  writer.add(delta('a'));
  expect(await writer.ended).toEqual({ kind: 'fenced' });
  expect(emitted).toEqual([]);
});

test('[ACT6] while it is adopted, a fenced append waits, and is sent again with the adopter’s fence', async () => {
  const { writer, log, state, appends } = written();
  state.claimed = true;
  log.fence = fenceNo(2);
  writer.add(delta('a'));
  writer.complete(USAGE);
  await until(() => appends.length > 1);
  state.fence = fenceNo(2);
  state.claimed = false;
  expect(await writer.ended).toEqual({ kind: 'completed' });
  expect(appends.length).toBeGreaterThan(1);
  for (const { events } of appends.filter(({ seq }) => seq === 1)) expect(events).toEqual(appends[0]!.events);
  expect(textOf(log.events)).toBe('a');
});

test('[ACT6] an append that was on its way while the stream was adopted is sent again with the adopter’s fence', async () => {
  const onItsWay = Promise.withResolvers<Answer>();
  const { writer, log, state, appends } = written((nth) => (nth === 1 ? onItsWay.promise : undefined));
  writer.add(delta('a'));
  writer.complete(USAGE);
  await until(() => appends.length === 1);
  log.fence = fenceNo(2);
  state.fence = fenceNo(2);
  onItsWay.resolve({ kind: 'fenced' });
  expect(await writer.ended).toEqual({ kind: 'completed' });
  expect(appends[1]).toEqual({ ...appends[0], fence: fenceNo(2) });
  expect(textOf(log.events)).toBe('a');
});

test('a gap ends the writing: somebody else wrote here', async () => {
  const { writer } = written(() => ({ kind: 'gap', expected: 9 }));
  writer.add(delta('a'));
  expect(await writer.ended).toEqual({ kind: 'fenced' });
});

test('an abort ends the writing, also while the store is in trouble', async () => {
  const { writer, abort, troubles } = written(() => 'broken');
  writer.add(delta('a'));
  await until(() => troubles.length === 1);
  abort();
  expect(await writer.ended).toEqual({ kind: 'aborted' });
  await writer.flushed();
});

test('[LOG3] whatever answers are lost and whenever: the log is the text, dense, and told once in order', async () => {
  const pieces = fc.array(fc.string({ minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 12 });
  const fate = fc.array(fc.constantFrom('ok' as const, 'ok' as const, 'lost' as const, 'broken' as const), {
    maxLength: 6,
  });
  await fc.assert(
    fc.asyncProperty(pieces, fate, async (texts, fates) => {
      const { writer, log, emitted } = written((nth) => {
        const next = fates[nth - 1];
        return next === 'ok' ? undefined : next;
      });
      for (const [at, piece] of texts.entries()) {
        writer.add(delta(piece));
        if (at % 4 === 3) await setImmediate();
      }
      writer.add(event({ type: 'finish-step' }));
      writer.complete(USAGE);
      expect(await writer.ended).toEqual({ kind: 'completed' });
      expect(textOf(log.events)).toBe(texts.join(''));
      expect(log.events.at(-1)?.chunk.type).toBe('finish-step');
      let seq = 0;
      for (const { from, to, events } of emitted) {
        expect(from).toBe(seq + 1);
        seq = to;
        expect(events).toHaveLength(to - from + 1);
      }
    }),
    { numRuns: 40 },
  );
});
