const of = (name: string) => ({ foreground: `var(--color-code-${name})` });

/** TextMate's names for what stands in code, in our colours (`tokens.css`): one theme for light and dark. */
export const CODE_THEME = {
  name: 'parley',
  type: 'light' as const,
  fg: 'var(--color-ink)',
  bg: 'transparent',
  settings: [
    { settings: { foreground: 'var(--color-ink)' } },
    { scope: ['comment', 'punctuation.definition.comment'], settings: of('comment') },
    {
      scope: ['string', 'punctuation.definition.string', 'markup.inline.raw', 'markup.inserted'],
      settings: of('string'),
    },
    { scope: ['constant', 'support.constant', 'variable.other.enummember', 'markup.deleted'], settings: of('number') },
    { scope: ['keyword', 'storage', 'keyword.operator.expression', 'markup.heading'], settings: of('keyword') },
    { scope: ['keyword.operator'], settings: { foreground: 'var(--color-ink)' } },
    {
      scope: ['entity.name', 'support.function', 'support.class', 'support.type', 'meta.property-name'],
      settings: of('name'),
    },
    { scope: ['entity.other.attribute-name', 'variable.language'], settings: of('number') },
  ],
};
