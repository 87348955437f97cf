import { memo, useMemo, type ComponentProps } from 'react';
import { harden } from 'rehype-harden';
import {
  Block,
  defaultRemarkPlugins,
  Streamdown,
  type BlockProps,
  type Components,
  type ExtraProps,
  type StreamdownProps,
} from 'streamdown';
import { CodeBlock } from './code-block.tsx';
import { plainAndSafe } from './markdown-safety.ts';
import { isPlain, PlainParagraph } from './plain-paragraph.tsx';
import { useFormulas, withDollars } from './use-formulas.ts';

type Plugins = NonNullable<StreamdownProps['rehypePlugins']>;

/** GFM takes `20~25` for the begin of struck-out text, unless it is told. */
const [gfm] = [defaultRemarkPlugins['gfm']].flat();
const REMARK: NonNullable<StreamdownProps['remarkPlugins']> = [[gfm as never, { singleTilde: false }]];

/** Ours first, then a second lock: what another plugin or a bug let through meets `rehype-harden`, which allows no image. */
const REHYPE: Plugins = [
  plainAndSafe,
  [
    harden,
    {
      allowedImagePrefixes: [],
      allowedLinkPrefixes: ['*'],
      linkBlockPolicy: 'text-only',
      imageBlockPolicy: 'text-only',
    },
  ],
];

function Link({ children, href }: ComponentProps<'a'> & ExtraProps) {
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  );
}

// What scrolls by itself can be reached by keyboard in every browser only where it takes the focus.
/* oxlint-disable jsx-a11y/no-noninteractive-tabindex */
function Table({ children, dir }: ComponentProps<'table'> & ExtraProps) {
  return (
    <figure className="reply-scroll" aria-label="Table" tabIndex={0}>
      <table dir={dir}>{children}</table>
    </figure>
  );
}

/* oxlint-enable jsx-a11y/no-noninteractive-tabindex */

const PLAIN = [
  'h1 h2 h3 h4 h5 h6 p ul ol li blockquote hr strong em del code section sup sub',
  'thead tbody tr th td',
].flatMap((tags) => tags.split(' '));

/** Elements as they are, without Streamdown's buttons and class names: `globals.css` draws them. */
const COMPONENTS: Components = {
  ...Object.fromEntries(PLAIN.map((tag) => [tag, tag])),
  a: Link,
  table: Table,
  pre: CodeBlock,
};

const ReplyBlock = memo(function ReplyBlock(props: BlockProps) {
  const text = props.content.replace(/\n+$/, '');
  return isPlain(text) ? <PlainParagraph text={text} /> : <Block {...props} />;
});

/** Only Markdown's own marks are completed while text streams; HTML and formulas are text here. */
const REMEND = { htmlTags: false, katex: false, inlineKatex: false, linkMode: 'text-only' } as const;

/**
 * A reply's text, drawn as it grows: blocks that did not change are not drawn again. Once it is whole (`isGrowing` no
 * more), nothing is completed that its text does not hold.
 */
export function Markdown({ text, isGrowing }: { text: string; isGrowing: boolean }) {
  const formulas = useFormulas(text);
  const plugins = useMemo(() => (formulas ? { math: formulas } : {}), [formulas]);
  return (
    <Streamdown
      plugins={plugins}
      components={COMPONENTS}
      remarkPlugins={REMARK}
      rehypePlugins={REHYPE}
      parseIncompleteMarkdown={isGrowing}
      isAnimating={isGrowing}
      remend={REMEND}
      BlockComponent={ReplyBlock}
      controls={false}
    >
      {formulas ? withDollars(text) : text}
    </Streamdown>
  );
}
