import { isValidElement, memo, type ComponentProps, type ReactNode } from 'react';
import { useIsCodeFenceIncomplete, type ExtraProps } from 'streamdown';
import { useTools } from './reply-tools.tsx';
import { useHighlight, type CodeToken, type Highlighted } from './use-highlight.ts';

/** Markdown's `pre`: its one child is the `code`, whose class names the language. */
export function CodeBlock({ children }: ComponentProps<'pre'> & ExtraProps) {
  const isGrowing = useIsCodeFenceIncomplete();
  return <Code {...codeIn(children)} isGrowing={isGrowing} />;
}

type Props = { text: string; language: string | null; isGrowing: boolean };

export function Code({ text: whole, language, isGrowing }: Props) {
  // Markdown ends each code with a line break, also the line that is still being written.
  const text = isGrowing ? whole.replace(/\n$/, '') : whole;
  const highlighted = useHighlight(text, language, isGrowing);
  const watch = useTools();
  return (
    // A language that changes while its name is written is watched anew.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- or no keyboard could scroll it
    <pre key={language} ref={watch} tabIndex={0} dir="ltr" data-language={language ?? undefined}>
      <code {...(language !== null && { className: `language-${language}` })}>
        {highlighted ? <Lines {...highlighted} rest={text.slice(highlighted.code.length)} /> : text}
      </code>
    </pre>
  );
}

function Lines({ lines, rest }: Highlighted & { rest: string }) {
  return (
    <>
      {lines.map((tokens, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- a line is its number
        <Line key={index} tokens={tokens} isLast={index === lines.length - 1} />
      ))}
      {rest}
    </>
  );
}

/** The highlighter gives the same lines again while code grows: those are not drawn again. */
const Line = memo(function Line({ tokens, isLast }: { tokens: CodeToken[]; isLast: boolean }) {
  return (
    <>
      {tokens.map(({ content, color, htmlStyle }, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- a token is its place in the line
        <span key={index} style={{ color: htmlStyle?.['color'] ?? color }}>
          {content}
        </span>
      ))}
      {!isLast && '\n'}
    </>
  );
});

function codeIn(child: ReactNode): { text: string; language: string | null } {
  if (!isValidElement<ComponentProps<'code'>>(child)) return { text: '', language: null };
  const { className = '', children } = child.props;
  return {
    text: typeof children === 'string' ? children : '',
    language: /(?:^|\s)language-(\S+)/.exec(className)?.[1] ?? null,
  };
}
