import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createPacer } from '#app/_client/pace.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance', 'setTimeout'] }));
afterEach(() => void vi.useRealTimers());

/** Drawn `times`; its first drawing takes so long, by the page's clock. */
function drawnIn(tookMs: number) {
  const frames: (() => void)[] = [];
  const drawn = { times: 0 };
  const pacer = createPacer(
    () => void drawn.times++,
    (run) => void frames.push(run),
  );
  pacer.request();
  pacer.request();
  vi.advanceTimersByTime(tookMs);
  frames.shift()!();
  return drawn;
}

test('what comes while a page draws is drawn with the next frame', () => {
  expect(drawnIn(16).times).toBe(2);
});

test('a long drawing is followed by a rest as long as itself', () => {
  const drawn = drawnIn(200);
  vi.advanceTimersByTime(199);
  expect(drawn.times).toBe(1);
  vi.advanceTimersByTime(1);
  expect(drawn.times).toBe(2);
});

test('[PAGE9] a page that slept for an hour in the middle of a drawing draws again at once', () => {
  const drawn = drawnIn(3_600_000);
  vi.advanceTimersByTime(500);
  expect(drawn.times).toBe(2);
});
