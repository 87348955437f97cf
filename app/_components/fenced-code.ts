/** Fences at the very begin of a line, and no more behind the first one than a language's plain name. */
const OPENED = /^(`{3,}|~{3,})([\w+#.-]*)[ \t]*\n/;

/** A block that is nothing but one code in fences, the last of them perhaps still to come; else null. */
export function fencedCode(block: string): { text: string; language: string | null } | null {
  const opened = OPENED.exec(block);
  if (!opened) return null;
  const [opening, fence, language] = opened as unknown as [string, string, string];
  const closing = new RegExp(`^ {0,3}${fence}${fence.slice(0, 1)}*[ \t]*$`, 'm').exec(block.slice(opening.length));
  const end = closing ? opening.length + closing.index : block.length;
  if (closing && block.slice(end + closing[0].length).trim() !== '') return null;
  // Its last line break belongs to the fence; Markdown gives one to whatever is left.
  const lines = block.slice(opening.length, end).replace(/\n$/, '');
  return { text: lines === '' ? '' : `${lines}\n`, language: language === '' ? null : language };
}
