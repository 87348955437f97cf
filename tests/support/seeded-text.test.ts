import { expect, test } from 'vitest';
import { replyText, replyTextOfLength, replyTokens, seedOf } from './seeded-text.ts';

const kinds = [{}, { unicode: true }, { markdown: true }, { unicode: true, markdown: true }];

test.each(kinds)('the same seed gives the same text, another seed another: %o', (kind) => {
  const text = replyText({ seed: 7, tokens: 300, ...kind });
  expect(replyText({ seed: 7, tokens: 300, ...kind })).toBe(text);
  expect(replyText({ seed: 8, tokens: 300, ...kind })).not.toBe(text);
});

test.each(kinds)('fewer tokens are the beginning of more, and none ends in a space: %o', (kind) => {
  const whole = replyText({ seed: 7, tokens: 200, ...kind });
  for (let tokens = 0; tokens < 200; tokens++) {
    const part = replyText({ seed: 7, tokens, ...kind });
    expect(whole.startsWith(part)).toBe(true);
    expect(part).toBe(part.trim());
    expect([...replyTokens({ seed: 7, tokens, ...kind })]).toHaveLength(tokens);
  }
});

test.each(kinds)('no token holds a lone surrogate or a NUL: %o', (kind) => {
  for (const token of replyTokens({ seed: 7, tokens: 2_000, ...kind })) {
    expect(token.isWellFormed()).toBe(true);
    expect(token).not.toContain('\0');
  }
});

test('plain text is one paragraph of words, so a page shows what was sent', () => {
  const sentence = '[A-Z][a-z]+( [a-z]+)+\\.';
  expect(replyText({ seed: 3, tokens: 2_000 })).toMatch(new RegExp(`^${sentence}( ${sentence})*( [A-Za-z]+)*$`));
});

test('with unicode, it holds joined emoji, right-to-left and combining marks', () => {
  const text = replyText({ seed: 3, tokens: 2_000, unicode: true });
  for (const kind of [/\u200d/, /\p{Script=Hebrew}/u, /\p{Script=Arabic}/u, /e\u0301/, /\u{1F1E9}\u{1F1EA}/u]) {
    expect(text).toMatch(kind);
  }
});

test('with Markdown, 120 tokens hold every kind of block', () => {
  const text = replyText({ seed: 3, tokens: 120, markdown: true });
  for (const kind of [/^## /, /\*\*/, /\n- /, /\n {2}- /, /\]\(https:/, /\n```ts\n/, /\n\| --- /, /\n1\. /, /\n> /]) {
    expect(text).toMatch(kind);
  }
});

test('a text of a length has it in characters and in bytes', () => {
  for (const length of [0, 1, 17, 5_000]) {
    const text = replyTextOfLength({ seed: 3, length });
    expect([text.length, Buffer.byteLength(text), text.trim().length]).toEqual([length, length, length]);
  }
});

test('a seed of a text is a whole number of 32 bits', () => {
  expect(seedOf('')).not.toBe(seedOf('a'));
  expect(Number.isInteger(seedOf('👨‍👩‍👧‍👦'))).toBe(true);
});
