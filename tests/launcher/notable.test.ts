import { expect, test } from 'vitest';
import { notable } from '../../scripts/launcher/notable.mjs';

test('of a JSON log warnings and errors are shown, by their message', () => {
  expect(notable('out', '{"level":30,"msg":"listening"}')).toBeUndefined();
  expect(notable('out', '{"level":40,"msg":"Temporal is away"}')).toBe('Temporal is away');
  expect(notable('out', '{"level":50,"msg":"failed","err":{"message":"no disk"}}')).toBe('failed: no disk');
  expect(notable('err', '{"level":"INFO","message":"quiet"}')).toBeUndefined();
  expect(notable('err', '{"level":"ERROR","message":"loud"}')).toBe('loud');
  expect(notable('err', '{ not JSON')).toBe('{ not JSON');
});

test('of plain output what looks like trouble is shown, and of stderr all but noise', () => {
  expect(notable('out', '   ▲ Next.js 16.4.5')).toBeUndefined();
  expect(notable('out', ' ⨯ Error: no')).toBe(' ⨯ Error: no');
  expect(notable('out', 'Warning: old')).toBe('Warning: old');
  expect(notable('err', 'what happened')).toBe('what happened');
  expect(notable('err', '(node:1) ExperimentalWarning: SQLite')).toBeUndefined();
  expect(notable('err', '    at file.ts:1:1')).toBeUndefined();
  expect(notable('err', '')).toBeUndefined();
});
