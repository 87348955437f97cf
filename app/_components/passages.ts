import { parseMarkdownIntoBlocks } from 'streamdown';

/** A passage is closed after so many characters, as soon as a block begins that can be no part of what stands before it. */
const LENGTH = 1_000;

/**
 * At the begin of a line after a blank one, these begin a block of their own: no list, quotation or table goes on with
 * them, and whatever follows, it is no definition of a link.
 */
const BEGINS_ANEW = /^[\p{L}#`]/u;

/** What Markdown may read across blocks: definitions of links, footnotes. A reply that has one is a single block. */
const REACHES_FAR = /^ {0,3}\[[^\]]+\]:|\[\^/m;

/**
 * Cuts a reply into passages, runs of whole blocks, so that what a drawing costs depends on the last passage and not on
 * the reply. A text that goes on leaves all passages but the last as they are; cut anew as a whole, it gives the same.
 */
export function createPassages(length = LENGTH): (text: string) => string[] {
  let closed: string[] = [];
  return (source) => {
    const text = source.includes('\r') ? source.replaceAll(/\r\n?/g, '\n') : source;
    let begin = 0;
    let kept = 0;
    for (const passage of closed) {
      const end = begin + passage.length;
      if (text.slice(begin, end) !== passage || !BEGINS_ANEW.test(text.slice(end, end + 2))) break; // another text than before
      kept += 1;
      begin = end;
    }
    closed = closed.slice(0, kept);
    const rest = parseMarkdownIntoBlocks(text.slice(begin));
    if (rest.length === 1 && REACHES_FAR.test(rest[0]!) && parseMarkdownIntoBlocks(text).length === 1) return [text];
    let passage = '';
    for (const block of rest) {
      if (passage.length >= length && passage.endsWith('\n\n') && BEGINS_ANEW.test(block)) {
        closed.push(passage);
        passage = '';
      }
      passage += block;
    }
    return [...closed, passage];
  };
}
