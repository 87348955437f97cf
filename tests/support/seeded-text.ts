/**
 * The endpoint's texts as a function of a seed, so that a test at any level computes the whole text that must arrive.
 * Browser-safe and pure. The text of n tokens begins the text of n + 1, so what a cut reply must hold is
 * `replyText({ …, tokens: n })`, exactly.
 */
export type TextOptions = { seed: number; tokens: number; markdown?: boolean; unicode?: boolean };

/** Nothing here means anything to Markdown, and no two words join to a link. */
const WORDS = `amber anchor autumn basket bridge candle canyon carpet cedar circle cloud copper coral dawn desert drift
  ember engine fabric falcon feather forest garden glacier granite harbour hazel hollow island ivory jasmine journey
  kettle lantern lemon linen maple marble meadow mirror morning narrow ocean orchard paper pebble pepper planet quiet
  rain ribbon river saffron shadow silver spiral stone summer thunder timber valley velvet walnut whisper window`.split(
  /\s+/,
);

/** What breaks when text is cut or counted wrongly: joined and toned emoji, flags, right-to-left, marks, pairs. */
const UNUSUAL_WORDS = `👨‍👩‍👧‍👦 👩🏽‍🚀 👍🏿 🏳️‍🌈 🇩🇪🇯🇵 ❤️ e\u0301te\u0301 \u00e9t\u00e9 n\u0303a\u0302\u0323 שָׁלוֹם مرحبا
  हिन्दी 日本語 한국어 \u1112\u1161\u11ab 𝒳𝒴 𠮷野 ไทย 𓀀 na\u00efve`.split(/\s+/);

/** A token takes the space before it along, so that a text cut after any of them ends without one. */
const TOKEN = /\s*\S+/gu;
const TOKEN_OF_ONE_CODE_POINT = /\s*\S/gu;

type Roll = (sides: number) => number;

/** A number for any text (FNV-1a, 32 bits). */
export function seedOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

/** Dice that fall the same way for the same seed (xorshift, 32 bits). */
export function diceOf(seed: number): Roll {
  let state = seedOf(`seed ${seed}`) || 1;
  return (sides) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % sides;
  };
}

export function replyText(options: TextOptions): string {
  return [...replyTokens(options)].join('');
}

/** Joined, they are `replyText` of the same options; `tokens` may be Infinity. */
export function* replyTokens({ seed, tokens, markdown = false, unicode = false }: TextOptions): Generator<string> {
  const roll = diceOf(seed);
  const word = () => (unicode && roll(3) === 0 ? pick(UNUSUAL_WORDS, roll) : pick(WORDS, roll));
  let sent = 0;
  for (const passage of markdown ? markdownBlocks(word, roll) : sentences(word, roll)) {
    for (const token of tokensOf(passage)) {
      if (sent++ >= tokens) return;
      yield token;
    }
  }
}

/** The tokens that follow so many characters, the first one perhaps cut; null when the text does not begin so. */
export function tokensAfter(begun: string, options: TextOptions): Generator<string> | null {
  const tokens = replyTokens(options);
  let rest = begun;
  for (;;) {
    if (rest === '') return tokens;
    const next = tokens.next();
    if (next.done) return null;
    const token = next.value;
    if (token.length > rest.length) return token.startsWith(rest) ? after(token.slice(rest.length), tokens) : null;
    if (!rest.startsWith(token)) return null;
    rest = rest.slice(token.length);
  }
}

function* after(first: string, tokens: Generator<string>): Generator<string> {
  yield first;
  yield* tokens;
}

/** Exactly `length` ASCII characters, so as many bytes; for one huge event. */
export function replyTextOfLength({ seed, length }: { seed: number; length: number }): string {
  let text = '';
  for (const token of replyTokens({ seed, tokens: length })) {
    if (text.length >= length) break;
    text += token;
  }
  return text.slice(0, length).replace(/ $/, '.');
}

/** Words one by one; what is not ASCII code point by code point, as a model's tokens split it. */
function tokensOf(passage: string): string[] {
  const tokens = passage.match(TOKEN) ?? [];
  return tokens.flatMap((token) => (isAscii(token) ? [token] : (token.match(TOKEN_OF_ONE_CODE_POINT) ?? [])));
}

const isAscii = (text: string) => /^[\0-\x7f]*$/.test(text);
const capital = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1);
const pick = (words: readonly string[], roll: Roll) => words[roll(words.length)] ?? '';
const some = (count: number, word: () => string) => Array.from({ length: count }, word).join(' ');

function sentence(word: () => string, roll: Roll): string {
  return `${capital(pick(WORDS, roll))} ${some(4 + roll(8), word)}.`;
}

/** One paragraph, single spaces only: what a page shows of it is what was sent. */
function* sentences(word: () => string, roll: Roll): Generator<string> {
  yield sentence(word, roll);
  for (;;) yield ` ${sentence(word, roll)}`;
}

/** Every kind of block in turn, so that about 120 tokens hold each of them once. */
function* markdownBlocks(word: () => string, roll: Roll): Generator<string> {
  const line = () => sentence(word, roll);
  const name = () => pick(WORDS, roll);
  for (let round = 0; ; round++) {
    yield `${round === 0 ? '' : '\n\n'}## ${capital(some(3, word))}`;
    yield `\n\n${line()} **${some(2, word)}** and *${word()}* with \`${name()}(${roll(100)})\`. ${line()}`;
    yield `\n\n- ${some(3, word)}\n- ${some(2, word)}\n  - ${some(2, word)}\n- [${some(2, word)}](https://example.com/${name()})`;
    yield `\n\n\`\`\`ts\nconst ${name()} = ${name()}(${roll(100)});\nif (${name()} < 2 && ${name()}) {\n  return '${word()}';\n}\n\`\`\``;
    yield `\n\n| ${name()} | ${name()} |\n| --- | ---: |\n| ${word()} | ${roll(100)} |\n| ${word()} | ${roll(100)} |`;
    yield `\n\n1. ${some(2, word)}\n2. ${some(3, word)}`;
    yield `\n\n> ${line()}`;
  }
}
