import { useEffect, useState } from 'react';
import type { math } from '@streamdown/math';

const FORMULA = /\$\$|\\[([]/;

let loading: Promise<typeof math> | null = null;
let loaded: typeof math | null = null;
const load = () => (loading ??= import('./formulas.ts').then(({ math }) => (loaded = math)));

/** What draws formulas, once the text has one and it is here. Until then their source is what is read. */
export function useFormulas(text: string): typeof math | null {
  const [plugin, setPlugin] = useState(loaded);
  const isWanted = plugin === null && FORMULA.test(text);
  useEffect(() => {
    if (isWanted) void load().then(setPlugin);
  }, [isWanted]);
  return plugin;
}

/** Code, where marks are text; else TeX's own marks, with what stands between them. */
const MARKS = /(```[\s\S]*?(?:```|$)|`[^`\n]*`)|\\\[([\s\S]*?)\\\]|\\\((.*?)\\\)/g;

/** Models write TeX's marks as often as dollars; Markdown knows the dollars. */
export const withDollars = (markdown: string): string =>
  markdown.includes('\\')
    ? markdown.replaceAll(MARKS, (whole, code?: string, display?: string, inline?: string) =>
        code !== undefined ? whole : display !== undefined ? `$$\n${display.trim()}\n$$` : `$$${inline}$$`,
      )
    : markdown;
