import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createSay } from '../../scripts/launcher/say.mjs';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function terminal(isTTY: boolean) {
  const written: string[] = [];
  const out = { isTTY, columns: 60, write: (text: string) => written.push(text) } as unknown as NodeJS.WriteStream;
  return { say: createSay({ out, err: out }), written };
}

test('what takes less than a second is not shown', () => {
  const { say, written } = terminal(false);
  const progress = say.progress('looking');
  vi.advanceTimersByTime(900);
  progress.done('looked');
  vi.advanceTimersByTime(60_000);
  expect(written).toEqual([]);
});

test('where lines stay, a long task is said once and then now and again, and what it came to at its end', () => {
  const { say, written } = terminal(false);
  const progress = say.progress('building');
  vi.advanceTimersByTime(10_000);
  progress.detail('half');
  vi.advanceTimersByTime(10_000);
  progress.done('built');
  expect(written).toEqual(['building (1 s) …\n', 'building: half (16 s) …\n', 'built (20 s)\n']);
});

test('on a terminal one line is rewritten, and makes room for lines that stay', () => {
  const { say, written } = terminal(true);
  const progress = say.progress('building');
  vi.advanceTimersByTime(1_000);
  say.line('a line');
  progress.done();
  const clear = '\r\u001b[2K';
  expect(written).toEqual(['building (1 s) …', clear, 'a line\n', 'building (1 s) …', clear]);
});
