import type { KeyboardEvent } from 'react';
import { expect, test } from 'vitest';
import { isEnter } from '#app/_components/typing.ts';

/** As much of a key's event as is looked at. */
const key = (fields: Partial<KeyboardEvent>, isComposing = false) =>
  ({
    key: 'Enter',
    keyCode: 13,
    shiftKey: false,
    altKey: false,
    nativeEvent: { isComposing },
    ...fields,
  }) as KeyboardEvent;

test('[PAGE2] Enter sends, by itself or with Ctrl; Shift+Enter and Alt+Enter do not', () => {
  expect(isEnter(key({}))).toBe(true);
  expect(isEnter(key({ ctrlKey: true }))).toBe(true);
  expect(isEnter(key({ shiftKey: true }))).toBe(false);
  expect(isEnter(key({ altKey: true }))).toBe(false);
  expect(isEnter(key({ key: 'a', keyCode: 65 }))).toBe(false);
});

test('[PAGE2] an Enter that an input method takes sends nothing, whether it says so or has its number alone', () => {
  expect(isEnter(key({}, true))).toBe(false);
  expect(isEnter(key({ keyCode: 229 }))).toBe(false);
});
