import { expect, test } from 'vitest';
import { agrees, installsAll } from '../../scripts/launcher/install.mjs';
import { isAtLeast, parseVersion } from '../../scripts/launcher/temporal.mjs';

test.each([
  ['temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)', [1, 9, 1]],
  ['temporal version v1.10.0 (Server 1.33.0)', [1, 10, 0]],
  ['temporal version 1.9.0-rc.1 (Server 1.32.0)', [1, 9, 0]],
  ['temporal: command not found', undefined],
  ['tctl version 1.18.0', undefined],
])('%s', (text, version) => {
  expect(parseVersion(text)).toEqual(version);
});

test('versions are compared by numbers', () => {
  expect(isAtLeast([1, 9, 0], [1, 9])).toBe(true);
  expect(isAtLeast([1, 10, 0], [1, 9])).toBe(true);
  expect(isAtLeast([2, 0, 0], [1, 9])).toBe(true);
  expect(isAtLeast([1, 8, 9], [1, 9])).toBe(false);
  expect(isAtLeast([0, 13, 2], [1, 9])).toBe(false);
});

test('packages are installed by a Node that npm leaves none of them out for', () => {
  for (const version of ['20.19.0', '20.20.2', '22.12.0', '22.20.1', '24.21.0'])
    expect(installsAll(version)).toBe(true);
  for (const version of ['18.20.8', '20.18.3', '21.7.3', '22.11.0']) expect(installsAll(version)).toBe(false);
});

test('an install agrees with the lock file when it holds everything that is not for another platform', () => {
  const lock = {
    '': {},
    'node_modules/a': { version: '1.0.0', integrity: 'x' },
    'node_modules/mac-only': { version: '1.0.0', optional: true },
  };
  expect(agrees(lock, { 'node_modules/a': { version: '1.0.0', integrity: 'x' } })).toBe(true);
  expect(agrees(lock, { 'node_modules/a': { version: '1.0.1', integrity: 'y' } })).toBe(false);
  expect(agrees(lock, {})).toBe(false);
  const other = {
    ...lock,
    'node_modules/a': { version: '1.0.0', integrity: 'x' },
    'node_modules/mac-only': { version: '0.9.0' },
  };
  expect(agrees(lock, other)).toBe(false);
});
