import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, test } from 'vitest';
import { Announcer } from '#app/_components/announcer.tsx';
import type { Turn } from '#lib/protocol/turn.ts';
import { turn } from './fakes.ts';

const heard = (fields: Partial<Turn>) =>
  renderToStaticMarkup(createElement(Announcer, { entries: [{ id: 'a', turn: turn('a', fields) }] }));

test('[PAGE7] a screen reader hears that the turn is answered, and no word of its text', () => {
  const html = heard({ status: 'running', prompt: 'amber', reply: 'velvet' });
  // An output is a live region by itself.
  expect(html).toBe('<output aria-label="Progress" class="sr-only">Answering</output>');
});

test('[PAGE7] of what had ended before the reader came nothing is heard', () => {
  expect(heard({ status: 'completed', reply: 'velvet' })).toContain('></output>');
});
