import { isValidElement, memo, useId, type ComponentProps, type ReactNode } from 'react';
import { useIsCodeFenceIncomplete, type ExtraProps } from 'streamdown';
import { CopyButton } from './copy-button.tsx';
import { Tools } from './reply-tools.tsx';
import { useHighlight, type CodeToken, type Highlighted } from './use-highlight.ts';

/** Markdown's `pre`: its one child is the `code`, whose class names the language. */
export function CodeBlock({ children }: ComponentProps<'pre'> & ExtraProps) {
  const isGrowing = useIsCodeFenceIncomplete();
  const { text, language } = codeIn(children);
  const highlighted = useHighlight(text, language, isGrowing);
  const anchor = `--code-${useId().replaceAll(/\W/g, '')}`;
  return (
    <>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- or no keyboard could scroll it */}
      <pre tabIndex={0} dir="ltr" style={{ anchorName: anchor }}>
        <code {...(language !== null && { className: `language-${language}` })}>
          {highlighted ? <Lines {...highlighted} rest={text.slice(highlighted.code.length)} /> : text}
        </code>
      </pre>
      <Tools anchor={anchor}>
        <span className="truncate pl-2.5 text-xs">{language ?? 'Code'}</span>
        <CopyButton what="code" text={() => text.replace(/\n$/, '')} />
      </Tools>
    </>
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
