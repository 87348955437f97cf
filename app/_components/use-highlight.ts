import type { code } from '@streamdown/code';
import { useEffect, useState } from 'react';
import { CODE_THEME } from './code-theme.ts';

export type CodeToken = { content: string; color?: string; htmlStyle?: Record<string, string> };
/** `code` is what the lines are of: a text that grows is a little ahead of them. */
export type Highlighted = { code: string; lines: CodeToken[][] };

/** Beyond this the grammar's time would be felt; the code is drawn plain. */
const LONGEST = 100_000;

/** Loaded with the first code that names its language, and not before. */
let highlighter: Promise<typeof code> | null = null;
const loadHighlighter = () => (highlighter ??= import('@streamdown/code').then(({ code }) => code));

/** Null until there is something to draw: the language is not known, or its grammar is still on its way. */
export function useHighlight(code: string, language: string | null, isGrowing: boolean): Highlighted | null {
  const [done, setDone] = useState<Highlighted | null>(null);
  // Whole lines while it grows: the last one would change its colours with each word.
  const asked = isGrowing ? code.slice(0, code.lastIndexOf('\n') + 1) : code;

  useEffect(() => {
    if (language === null || asked === '' || asked.length > LONGEST) return undefined;
    let isOver = false;
    const take = ({ tokens }: { tokens: CodeToken[][] }) => {
      // A grammar that changes a character (a carriage return) is not followed.
      const isSame = tokens.map((line) => line.map(({ content }) => content).join('')).join('\n') === asked;
      if (!isOver && isSame) setDone({ code: asked, lines: tokens });
    };
    void loadHighlighter().then((highlighter) => {
      if (isOver || !highlighter.supportsLanguage(language as never)) return;
      const themes: [typeof CODE_THEME, typeof CODE_THEME] = [CODE_THEME, CODE_THEME];
      const known = highlighter.highlight(
        { code: asked, language: language as never, themes, isIncomplete: isGrowing },
        take,
      );
      if (known) take(known);
    });
    return () => {
      isOver = true;
    };
  }, [asked, language, isGrowing]);

  return done !== null && code.startsWith(done.code) ? done : null;
}
