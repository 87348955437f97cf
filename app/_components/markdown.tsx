import { memo, useMemo, useState, type ComponentProps } from 'react';
import { harden } from 'rehype-harden';
import {
  Block,
  defaultRemarkPlugins,
  Streamdown,
  type BlockProps,
  type Components,
  type ExtraProps,
  type PluginConfig,
  type StreamdownProps,
} from 'streamdown';
import { Code, CodeBlock } from './code-block.tsx';
import { fencedCode } from './fenced-code.ts';
import { plainAndSafe } from './markdown-safety.ts';
import { createPassages } from './passages.ts';
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
  if (isPlain(text)) return <PlainParagraph text={text} />;
  const code = fencedCode(props.content);
  return code ? <Code {...code} isGrowing={props.isIncomplete} /> : <Block {...props} />;
});

/** Only Markdown's own marks are completed while text streams; HTML and formulas are text here. */
const REMEND = { htmlTags: false, katex: false, inlineKatex: false, linkMode: 'text-only' } as const;

/** How Streamdown draws here; a whole text is drawn by nothing more. */
export const PLAINLY = {
  components: COMPONENTS,
  remarkPlugins: REMARK,
  rehypePlugins: REHYPE,
  remend: REMEND,
  BlockComponent: ReplyBlock,
  parseIncompleteMarkdown: false,
  controls: false,
} satisfies StreamdownProps;

type Props = { text: string; isGrowing: boolean };

/** So many passages are more than a view holds: a reader at the end sees none before them. */
const NEAR = 3;

/**
 * A reply's text, drawn as it grows: what stands before its last passage is not even looked at again. Once it is whole
 * (`isGrowing` no more), nothing is completed that its text does not hold.
 */
export function Markdown({ text, isGrowing }: Props) {
  const formulas = useFormulas(text);
  const plugins = useMemo(() => (formulas ? { math: formulas } : {}), [formulas]);
  const [passagesOf] = useState(createPassages);
  const passages = passagesOf(formulas ? withDollars(text) : text);
  return passages.map((passage, index) => (
    <Passage
      // oxlint-disable-next-line react/no-array-index-key -- a passage is its place
      key={index}
      text={passage}
      plugins={plugins}
      isGrowing={isGrowing && index === passages.length - 1}
      className={`passage ${index === 0 ? 'opening' : ''} ${isGrowing && index < passages.length - NEAR ? 'far' : ''}`}
    />
  ));
}

type PassageProps = Props & { plugins: PluginConfig; className: string };

const Passage = memo(function Passage({ text, isGrowing, plugins, className }: PassageProps) {
  return (
    <Streamdown
      {...PLAINLY}
      className={className}
      plugins={plugins}
      parseIncompleteMarkdown={isGrowing}
      isAnimating={isGrowing}
    >
      {text}
    </Streamdown>
  );
});
