import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createParting } from '#worker/model/thoughts-apart.ts';

const blank = fc.constantFrom('', '\n', ' \n\n');
/** Words, and what looks like a tag without being the one that is waited for. */
const words = fc
  .array(fc.constantFrom('a', 'ö', '👍', ' ', '\n', '<', '</', '<think', '<think>', '</thin', '</thinking>', '>'))
  .map((pieces) => pieces.join(''));

function parted(deltas: readonly string[]) {
  const parting = createParting();
  const all = [...deltas.map((delta) => parting.grow(delta)), parting.end()];
  const join = (key: 'thought' | 'text') => all.map((each) => each[key]).join('');
  return { thought: join('thought'), text: join('text') };
}

/** The text in pieces of these lengths, over and over. */
function cut(text: string, lengths: readonly number[]): string[] {
  const pieces: string[] = [];
  for (let at = 0, n = 0; at < text.length; at += lengths[n++ % lengths.length]!) {
    pieces.push(text.slice(at, at + lengths[n % lengths.length]!));
  }
  return pieces;
}
const lengths = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 4 });

test('[MOD5] thoughts in tags are apart from the answer, wherever the text is cut', () => {
  fc.assert(
    fc.property(blank, words, blank, words, lengths, (before, thought, between, answer, by) => {
      const text = `${before}<think>${thought}</think>${between}${answer}`;
      expect(parted(cut(text, by))).toEqual({ thought: thought.trimStart(), text: answer.trimStart() });
    }),
    { numRuns: 2_000 },
  );
});

test('[MOD5] a text that does not begin with the tag stays as it is, its own tags too', () => {
  fc.assert(
    fc.property(blank, words, lengths, (before, rest, by) => {
      fc.pre(!rest.trimStart().startsWith('<think>'));
      const text = `${before}${rest}`;
      expect(parted(cut(text, by))).toEqual({ thought: '', text });
    }),
    { numRuns: 2_000 },
  );
});

test('[MOD5] blanks that do not end are told before their end', () => {
  const parting = createParting();
  const told = Array.from({ length: 1_000 }, () => parting.grow('\n').text).join('');
  expect(told + parting.end().text).toBe('\n'.repeat(1_000));
  expect(told).not.toBe('');
});

test('[MOD5] thoughts that are cut off are thoughts', () => {
  expect(parted(['<thi', 'nk>Well, </th'])).toEqual({ thought: 'Well, </th', text: '' });
  expect(parted([' <thi'])).toEqual({ thought: '', text: ' <thi' });
});
