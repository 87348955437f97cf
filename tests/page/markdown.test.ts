import fc from 'fast-check';
import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, test } from 'vitest';
import { Markdown } from '#app/_components/markdown.tsx';
import { isPlain, PlainParagraph } from '#app/_components/plain-paragraph.tsx';
import { Streamdown } from 'streamdown';

const drawn = (text: string, isGrowing = false) => renderToStaticMarkup(createElement(Markdown, { text, isGrowing }));
const textOf = (html: string) =>
  html
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#x27;', "'")
    .replaceAll('&amp;', '&');

test.each([
  '<script>alert(1)</script>',
  'before <img src=x onerror=alert(1)> after',
  '<iframe src="https://example.com"></iframe>',
  '<style>body{display:none}</style>',
  '<a href="javascript:alert(1)">click</a>',
])('[SEC4] HTML is shown as the text that it is: %s', (text) => {
  const html = drawn(text);
  expect(html).not.toMatch(/<(script|img|iframe|style|a)\b/);
  expect(textOf(html)).toBe(text);
});

test.each([
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'data:text/html,hi',
  'vbscript:x',
  'file:///etc/passwd',
  'blob:https://example.com/x',
  '/c/here',
  '//example.com',
  '#top',
])('[SEC4] a link to %s keeps its words alone', (href) => {
  const html = drawn(`See [this](${href}) now`);
  expect(html).not.toContain('href');
  expect(textOf(html)).toBe('See this now');
});

test('[SEC4] a link to the web or a mail opens beside the app and tells nothing of it', () => {
  const html = drawn('[one](https://example.com/a?b=1) <me@example.com>');
  expect(html).toContain(
    '<a href="https://example.com/a?b=1" target="_blank" rel="noopener noreferrer nofollow">one</a>',
  );
  expect(html).toContain('href="mailto:me@example.com"');
});

test('[SEC4] a picture is a link to it: nothing is loaded', () => {
  const html = drawn('![a cat](https://example.com/cat.png) ![](https://example.com/dog.png)');
  expect(html).not.toContain('<img');
  expect(html).toContain('href="https://example.com/cat.png"');
  expect(textOf(html)).toBe('a cat https://example.com/dog.png');
  expect(drawn('![bad](javascript:alert(1))')).not.toContain('href');
});

test('code, tables and lists are plain elements, without buttons', () => {
  const html = drawn('```js\nconst a = "<b>";\n```\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\n- [x] done');
  expect(html).not.toContain('<button');
  expect(html).toMatch(/<pre[^>]*><code class="language-js">const a = &quot;&lt;b&gt;&quot;;\n<\/code><\/pre>/);
  expect(html).toContain('<table dir="auto"><thead><tr><th>a</th>');
});

test.each([
  'Plain words of one paragraph.',
  'a 20~25 b~30 and $5 or $6',
  '👨‍👩‍👧‍👦 é שלום 日本語',
  '3 < 4 && 5 > 2 <nothing',
])('a text without Markdown is drawn exactly, while it grows and after: %s', (text) => {
  expect(textOf(drawn(text))).toBe(text);
  expect(textOf(drawn(text, true))).toBe(text);
});

test('a mark that is not closed yet is drawn closed while the text grows, and as it is once the text is whole', () => {
  expect(drawn('some **bold', true)).toContain('<strong>bold</strong>');
  expect(textOf(drawn('some **bold'))).toBe('some **bold');
});

test('a paragraph that is taken for plain is what the Markdown parser makes of it', () => {
  const piece = fc.constantFrom(
    ...'ab1 9.)-+*_~`#>|:=!"\'(](é👍\u00a0\u200d$%^&;@/'.split(/(?:)/u),
    'www.',
    'http://',
    '  ',
    'x@y.z ',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 24 }), (pieces) => {
      const text = pieces.join('');
      fc.pre(isPlain(text) && text.trim() !== '');
      const parsed = renderToStaticMarkup(createElement(Streamdown, { parseIncompleteMarkdown: false }, text));
      const plain = renderToStaticMarkup(createElement(PlainParagraph, { text }));
      expect(textOf(plain)).toBe(textOf(parsed));
      expect(parsed).not.toMatch(/<(?!\/?(?:div|p)\b)/);
    }),
    { numRuns: 2_000 },
  );
});

test('a long plain paragraph is drawn in pieces whose text is the whole', () => {
  const text = 'A word and another. '.repeat(500).trimEnd();
  expect(textOf(drawn(text, true))).toBe(text);
});
