import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, test } from 'vitest';
import { TurnView } from '#app/_components/turn.tsx';
import { QueuedTurn } from '#app/_components/queued-turn.tsx';
import type { TurnCommands } from '#app/_components/turns.tsx';
import type { Turn } from '#lib/protocol/turn.ts';
import { turn } from './fakes.ts';

const commands: TurnCommands = {
  stop: () => {},
  retry: () => {},
  tryAgain: () => {},
  discard: () => {},
  edit: () => {},
  ask: () => {},
  goOn: () => {},
  switchTo: async () => null,
  textOf: () => '',
  showDetails: () => {},
};

function drawn(fields: Partial<Turn>, more: Partial<Parameters<typeof TurnView>[0]> = {}) {
  return renderToStaticMarkup(
    createElement(TurnView, {
      turn: turn('a', fields),
      live: null,
      waiting: '',
      cutAfter: null,
      siblings: [],
      isEditing: false,
      commands,
      ...more,
    }),
  );
}

const part = (html: string, name: string) =>
  new RegExp(`<(\\w+) data-part="${name}"[^>]*>(.*?)</\\1>(?=<)`, 's').exec(html)?.[2];
const text = (html = '') => html.replaceAll(/<[^>]*>/g, '');

test('a turn is an article with its id and status, its prompt as it was typed', () => {
  const html = drawn({ status: 'completed', prompt: '  two\n lines *plain* ' });
  expect(html).toMatch(/^<article id="a" data-turn-id="a" data-status="completed"/);
  expect(part(html, 'prompt')).toBe('  two\n lines *plain* ');
});

test('the reply holds the text of the reply and nothing else', () => {
  const parts: Turn['parts'] = [
    { type: 'step-start' },
    { type: 'reasoning', text: 'thought of first', state: 'done' },
    { type: 'text', text: 'said then', state: 'done' },
  ];
  for (const status of ['completed', 'stopped', 'interrupted', 'failed'] as const) {
    const html = drawn({ status, parts, error: status === 'failed' ? { code: 'x', message: 'It broke.' } : null });
    const reply = /data-part="reply" class="reply">(.*?)<\/div><\/div>/s.exec(html)?.[1];
    expect(text(reply)).toBe('said then');
    expect(html).toContain('thought of first');
  }
});

test('the words of a running turn are those of its live reply', () => {
  const live = { seq: 3, steps: [[{ type: 'text' as const, id: '0', text: 'growing', done: false }]], resets: 0 };
  expect(drawn({ status: 'running' }, { live, waiting: 'Waiting for the model…' })).toContain('growing');
  expect(drawn({ status: 'running' }, { live, waiting: 'Waiting for the model…' })).not.toContain('Waiting');
  expect(drawn({ status: 'running' }, { waiting: 'Waiting for the model…' })).toContain('Waiting for the model…');
});

test('[LOG6] that the answer begins again is said beside the text, and no more once the turn has ended', () => {
  const line = 'The answer was cut off and begins again.';
  const steps = [[{ type: 'text' as const, id: '0', text: 'anew', done: false }]];
  const again = { seq: 5, steps, resets: 1 };
  const html = drawn({ status: 'running' }, { live: again });
  expect(html).toContain(line);
  expect(text(part(html, 'reply'))).not.toContain(line);
  expect(drawn({ status: 'running' }, { live: { ...again, resets: 0 } })).not.toContain(line);
  const retry = { code: 'x', message: 'It broke.', at: new Date().toISOString(), tries: 1 };
  expect(drawn({ status: 'running', retry }, { live: again })).not.toContain(line);
  expect(drawn({ status: 'completed', parts: [{ type: 'text', text: 'anew', state: 'done' }] })).not.toContain(line);
});

test('how it ended is said in words; a failed one has an alert with Retry', () => {
  const startedAt = '2026-01-01T00:00:01.000Z';
  expect(drawn({ status: 'stopped', startedAt })).toContain('Stopped by you');
  expect(drawn({ status: 'stopped' })).toContain('Stopped before it began');
  expect(drawn({ status: 'interrupted', startedAt, reply: 'said' })).toContain('Interrupted by what you said next');
  expect(drawn({ status: 'interrupted', startedAt })).toContain('Interrupted by you before the first word');
  const failed = drawn({ status: 'failed', error: { code: 'x', message: 'It broke.' } });
  expect(failed).toMatch(/role="alert".*It broke\..*>Retry</s);
});

test('a turn that waits can be removed, and says what it waits for', () => {
  const html = renderToStaticMarkup(
    createElement(QueuedTurn, {
      entry: { id: 'a', turn: turn('a', { status: 'queued' }) },
      words: 'Waiting its turn',
      index: 0,
      isLast: true,
      isRemoving: false,
      isEditing: false,
      onEdit: () => {},
      onSave: async () => null,
      onMove: () => {},
      onSayNow: () => {},
      onRemove: () => {},
    }),
  );
  expect(html).toContain('>Waiting its turn<');
  expect(html).toContain('aria-label="Remove"');
});

test('[CTX3] what did not fit the model’s window is said', () => {
  expect(drawn({ omittedTurns: 3 })).toContain('The oldest 3 turns did not fit the model’s window and were left out.');
  expect(drawn({ omittedTurns: 0 })).not.toContain('left out');
});
