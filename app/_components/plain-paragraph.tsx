/** Each of these may mean something to Markdown wherever it stands, a line break by what may begin a line. */
const MARKS = /[\\`*_~<[&@\n\r\t]|:\/\/|www\.|\$\$/i;
/** At the begin: a heading, a list, a quotation, a rule, a table, or code by its indent. */
const BEGINS = /^(?:[\s#>+\-|:=]|\d+[.)])/;

/** A paragraph without any Markdown, so that its text is drawn as it is. */
export const isPlain = (markdown: string): boolean => !MARKS.test(markdown) && !BEGINS.test(markdown);

/** So long are the pieces that the browser shapes one by one: only the last of them changes while text grows. */
const PIECE_LENGTH = 1_000;

/**
 * Drawn without Markdown's parser, which takes some 0.5 ms a kilobyte at each frame: a model that never ends a paragraph
 * would take the whole page's time.
 */
export function PlainParagraph({ text }: { text: string }) {
  return <p dir="auto">{piecesOf(text.replace(/^ +| +$/g, ''))}</p>;
}

/** Cut at spaces alone, where no character is made of what stands on both sides. */
function piecesOf(text: string): string[] {
  const pieces: string[] = [];
  let from = 0;
  while (text.length - from > PIECE_LENGTH) {
    const space = text.indexOf(' ', from + PIECE_LENGTH);
    if (space === -1) break;
    pieces.push(text.slice(from, space));
    from = space;
  }
  return [...pieces, text.slice(from)];
}
