import fc from 'fast-check';
import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { Block, parseMarkdownIntoBlocks, Streamdown } from 'streamdown';
import { expect, test } from 'vitest';
import { fencedCode } from '#app/_components/fenced-code.ts';
import { Markdown, PLAINLY } from '#app/_components/markdown.tsx';
import { createPassages } from '#app/_components/passages.ts';
import { replyText } from '#tests/support/seeded-text.ts';

/** What makes blocks, joins them, or reaches from one to another. */
const PIECES = [
  'Words of a paragraph.',
  'more of it',
  '# Heading',
  '- item',
  '  - under it',
  '1. first',
  '> said',
  '| a | b |',
  '| --- | --- |',
  '```ts',
  '```',
  '~~~',
  '    indented',
  '---',
  '===',
  '$$',
  '**bold',
  '<div>',
  '</div>',
  '<!--',
  '[link]: https://example.com/x',
  '[link]',
  'a note[^1]',
  '[^1]: of it',
  '\r\n',
  '\t',
  '`x`',
  '$$x$$',
  ' ',
];
const long = fc.integer({ min: 1, max: 40 }).map((n) => 'A long sentence of words that go on. '.repeat(n));
const line = fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...PIECES) }, { weight: 3, arbitrary: long });
const markdown = fc
  .array(fc.tuple(line, fc.constantFrom('\n', '\n\n', '\n\n', '')), { maxLength: 60 })
  .map((lines) => lines.map((pair) => pair.join('')).join(''));
const seeded = fc
  .record({ seed: fc.nat(1_000), tokens: fc.nat(300) })
  .map((by) => replyText({ ...by, markdown: true }));
const reply = fc.oneof(markdown, seeded);
/** Short ones, so that a short text has many. */
const SHORT = 40;
const cuts = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 20 });

function* prefixes(text: string, lengths: number[]): Generator<string> {
  for (let end = 0, n = 0; end < text.length; n++) {
    end = Math.min(text.length, end + lengths[n % lengths.length]!);
    yield text.slice(0, end);
  }
}

test('[PAGE10] a reply that grows is cut as the same text at once, at every length, and what is closed stays', () => {
  fc.assert(
    fc.property(reply, cuts, (text, lengths) => {
      const growing = createPassages(SHORT);
      let before: string[] = [];
      for (const prefix of prefixes(text, lengths)) {
        const passages = growing(prefix);
        expect(passages).toEqual(createPassages(SHORT)(prefix));
        if (passages.length > 1 && before.length > 1) {
          expect(passages.slice(0, before.length - 1)).toEqual(before.slice(0, -1));
        }
        before = passages;
      }
    }),
    { numRuns: 100 },
  );
});

test('[PAGE10] a long reply of ordinary Markdown has many passages, none of them long', () => {
  const passages = createPassages()(replyText({ seed: 3, tokens: 12_000, markdown: true }));
  expect(passages.length).toBeGreaterThan(15);
  expect(Math.max(...passages.map(({ length }) => length))).toBeLessThan(4_000);
});

test('[PAGE10] a text that is another one than before is cut as if it were the first', () => {
  fc.assert(
    fc.property(reply, reply, reply, (start, before, after) => {
      const passagesOf = createPassages(SHORT);
      passagesOf(start + before);
      expect(passagesOf(start + after)).toEqual(createPassages(SHORT)(start + after));
    }),
    { numRuns: 200 },
  );
});

test('[PAGE10] drawn one by one, passages are what the whole reply is drawn as', () => {
  const drawn = (text: string) =>
    renderToStaticMarkup(createElement(Streamdown, PLAINLY, text)).replaceAll(/<\/?div\b[^>]*>/g, '');
  fc.assert(
    fc.property(reply, (text) => {
      const passages = createPassages(SHORT)(text);
      expect(passages.map(drawn).join('')).toBe(drawn(text.replaceAll(/\r\n?/g, '\n')));
    }),
    { numRuns: 200 },
  );
});

test('[PAGE10] a long reply is drawn as a whole in the end, as it was while it grew', () => {
  const text = replyText({ seed: 5, tokens: 2_000, markdown: true });
  const framed = (html: string) => html.replaceAll(/<\/?div\b[^>]*>/g, '');
  const whole = renderToStaticMarkup(createElement(Streamdown, PLAINLY, text));
  for (const isGrowing of [true, false]) {
    expect(framed(renderToStaticMarkup(createElement(Markdown, { text, isGrowing })))).toBe(framed(whole));
  }
});

test('[PAGE10] code in fences that is taken as it stands is what the Markdown parser makes of it', () => {
  const piece = fc.constantFrom(
    '```',
    '````',
    '~~~',
    'ts',
    'c++',
    ' ',
    '\n',
    '\n\n',
    '\t',
    '    ',
    'a',
    '<b>',
    '&amp;',
    '`',
  );
  const block = fc.array(piece, { maxLength: 16 }).map((pieces) => `\`\`\`${pieces.join('')}`);
  let taken = 0;
  fc.assert(
    fc.property(block, (text) => {
      for (const one of parseMarkdownIntoBlocks(text)) {
        const code = fencedCode(one);
        if (!code) continue;
        taken += 1;
        const parsed = renderToStaticMarkup(
          createElement(
            Streamdown,
            { ...PLAINLY, BlockComponent: Block, parseMarkdownIntoBlocksFn: (all) => [all] },
            one,
          ),
        );
        const drawn = renderToStaticMarkup(
          createElement(Streamdown, { ...PLAINLY, parseMarkdownIntoBlocksFn: (all) => [all] }, one),
        );
        expect(drawn).toBe(parsed);
      }
    }),
    { numRuns: 1_000 },
  );
  expect(taken).toBeGreaterThan(100);
});
