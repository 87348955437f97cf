import { expect, test } from 'vitest';
import { parseTheme } from '#app/_client/theme.ts';

test('[PAGE8] the server draws the theme that the cookie names, and the system’s where it names none', () => {
  expect(['light', 'dark', 'system'].map(parseTheme)).toEqual(['light', 'dark', 'system']);
  expect([undefined, '', 'blue', 'dark"><script>'].map(parseTheme)).toEqual(['system', 'system', 'system', 'system']);
});
