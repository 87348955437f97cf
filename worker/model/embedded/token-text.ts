/** Longest UTF-8 character, in bytes; a token holds at least one. */
const CHARACTER_TOKENS = 4;
const REPLACEMENT = '\uFFFD';

/**
 * Turns tokens into text. A token may end in the middle of a character (an emoji is often three tokens): such tokens are held
 * back until it is whole, so no piece ever holds half a character or half a surrogate pair.
 */
export function createTokenText<Token>(
  detokenize: (tokens: readonly Token[], before: readonly Token[]) => string,
  before: readonly Token[],
) {
  let held: Token[] = [];
  let said = before.slice(-CHARACTER_TOKENS);

  return {
    /** The text that is whole now; often `''` while a character is not. */
    add(token: Token): string {
      held.push(token);
      const text = detokenize(held, said);
      // Held longer than any character: the model really wrote bytes that are none.
      if (text.endsWith(REPLACEMENT) && held.length <= CHARACTER_TOKENS) return '';
      said = [...said, ...held].slice(-CHARACTER_TOKENS);
      held = [];
      return text;
    },
    /** What is left when no token follows: the rest without its cut character. */
    end(): string {
      const text = held.length === 0 ? '' : detokenize(held, said);
      held = [];
      return text.replace(/\uFFFD+$/, '');
    },
  };
}
