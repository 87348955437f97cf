import { guardsOf, type Guard } from '../guard.ts';

const READING = 'tests/browser/reading.spec.ts';
const NOT_DONE = 'tests/browser/not-done.spec.ts';
const THEME = 'tests/browser/theme.spec.ts';

/** Heights that change, and scrolls that follow them. */
const heldPlace: Guard = {
  rules: ['PAGE5'],
  name: 'place: held while what stands above gets its height',
  edits: [
    { file: 'app/_client/hold-place.ts', from: '  observer.observe(scroller.firstElementChild!);\n', to: '' },
    {
      file: 'app/_client/hold-place.ts',
      from: "  scroller.addEventListener('scroll', put, { passive: true, signal });\n",
      to: '',
    },
  ],
  by: READING,
  only: 'read by pages',
};

/** What only a browser shows: scrolling, focus, keys pressed anywhere, cookies. */
export const browserGuards: Guard[] = [
  ...guardsOf('app/_client/use-stays-at-end.ts', READING, [
    {
      rules: ['PAGE5'],
      name: 'end: near it is not at it for a reader on the way up',
      from: 'if (escapedFromLock && !state.isAtBottom) return undefined;',
      to: '',
      only: 'a little',
    },
    {
      rules: ['PAGE5'],
      name: 'end: a layout that shrinks does not speak for a reader who just acted',
      from: 'const wait = actedAt.current + MOVES_WITHIN_MS - performance.now();',
      to: 'const wait = 0;',
      only: 'what shrinks',
    },
    {
      rules: ['PAGE5'],
      name: 'end: what grows below covers nothing',
      from: 'if (state.isAtBottom && !hasLeft.current) scroller.scrollTop = scroller.scrollHeight;',
      to: '',
      only: 'box below',
    },
    {
      rules: ['PAGE5'],
      name: 'end: a reader who has left it is not taken back',
      from: 'if (!hasLeft.current && !isSelecting) void',
      to: 'void',
      only: 'scrolls up|turns away',
    },
  ]),
  heldPlace,
  ...guardsOf('app/_client/hold-place.ts', READING, [
    {
      rules: ['PAGE5'],
      name: 'place: a reader who acts is let go',
      from: 'for (const act of ACTS) window',
      to: 'for (const act of [] as string[]) window',
      only: 'read by pages|opens where',
    },
  ]),
  ...guardsOf('app/_components/reply-tools.tsx', 'tests/browser/turn.spec.ts', [
    {
      rules: ['PAGE1'],
      name: 'tools: code that comes while others were just drawn is told of later',
      from: 'setTimeout(tell, TOGETHER_MS);',
      to: 'setTimeout(() => (isResting = false), TOGETHER_MS);',
      only: 'right after',
    },
  ]),
  ...guardsOf('app/_client/use-place.ts', READING, [
    {
      rules: ['PAGE5'],
      name: 'place: a link that leads elsewhere says so',
      from: "setNews(isLinked && sought !== 'given-up' ?",
      to: 'setNews(false ?',
      only: 'another branch',
    },
  ]),
  ...guardsOf('app/_components/conversation.tsx', 'tests/browser/composer.spec.ts', [
    {
      rules: ['PAGE4'],
      name: 'drafts: a chat has begun with its first send',
      from: 'const draftKey = wasNew && !hasSent ? NEW_DRAFT : id;',
      to: 'const draftKey = isNew || (wasNew && !hasSent) ? NEW_DRAFT : id;',
      only: 'first send',
    },
    {
      rules: ['PAGE4'],
      name: 'drafts: who tries a prompt keeps what stands in the box',
      from: 'viewer.drafts.move(draftKey, id);',
      to: '',
      only: 'tries a prompt',
    },
  ]),
  ...guardsOf('app/_client/deletions.ts', NOT_DONE, [
    {
      rules: ['DEL2', 'PAGE6'],
      name: 'deleted: a restoring that came to nothing can be tried again',
      from: 'const canUndo = isPassing(answer) && left > 0;',
      to: 'const canUndo = false;',
      only: 'DEL2',
    },
  ]),
  ...guardsOf('app/_client/api.ts', NOT_DONE, [
    {
      rules: ['PAGE6'],
      name: 'api: what is no JSON is no answer',
      from: 'parsed !== undefined && !refusal',
      to: '!refusal',
      only: 'proxy',
    },
  ]),
  ...guardsOf('app/_components/branches.tsx', NOT_DONE, [
    {
      rules: ['PAGE6', 'TREE2'],
      name: 'branches: one that was not chosen is said, with the reason',
      from: "setSaid(trouble === null ? '' : `Not switched: ${trouble}`);",
      to: "setSaid('');",
      only: 'TREE2',
    },
  ]),
  ...guardsOf('app/_client/use-place.ts', NOT_DONE, [
    {
      rules: ['PAGE6', 'TREE2'],
      name: 'place: a branch that was not chosen is said, with the reason',
      from: 'if (trouble !== null) return setNews((news) => (news?.turnId === turnId ? { ...news, trouble } : news));',
      to: '',
      only: 'TREE2',
    },
  ]),
  ...guardsOf('app/_components/transcript.tsx', NOT_DONE, [
    {
      rules: ['PAGE6'],
      name: 'transcript: earlier turns that were not read are said, with the reason',
      from: 'setTrouble(await onReadEarlier());',
      to: 'await onReadEarlier();',
      only: 'SET2',
    },
  ]),
  ...guardsOf('app/_client/use-escape.ts', 'tests/browser/stop.spec.ts', [
    {
      rules: ['STOP1'],
      name: 'keys: Esc stops',
      from: "event.key === 'Escape' && !event.defaultPrevented",
      to: 'event.defaultPrevented',
      only: 'Esc stops',
    },
  ]),
  ...guardsOf('app/_components/prompt-editor.tsx', 'tests/browser/tray.spec.ts', [
    {
      rules: ['PAGE4'],
      name: 'editor: what was written is there where it comes again',
      from: 'drafts.of(draftKey).get() || prompt',
      to: 'prompt',
      only: 'being changed to',
    },
  ]),
  ...guardsOf('app/_components/tray.tsx', 'tests/browser/tray.spec.ts', [
    {
      rules: ['PAGE4'],
      name: 'editor: it stays until the change is taken',
      from: 'if (trouble === null) commands.edit(null);',
      to: 'commands.edit(null);',
      only: 'being changed to',
    },
  ]),
  ...guardsOf('app/_components/prompt-editor.tsx', 'tests/browser/layout.spec.ts', [
    {
      rules: ['PAGE3'],
      name: 'tray: the form that edits a message is seen whole',
      from: "box?.form?.scrollIntoView({ block: 'nearest' });",
      to: '',
      only: '320 px',
    },
  ]),
  ...guardsOf('app/_client/theme.ts', THEME, [
    {
      rules: ['PAGE8'],
      name: 'theme: a choice is kept',
      from: 'document.cookie = `${THEME_COOKIE}=',
      to: 'void `${THEME_COOKIE}=',
    },
  ]),
  ...guardsOf('app/layout.tsx', THEME, [
    {
      rules: ['PAGE8'],
      name: 'theme: the server draws it',
      from: ' data-theme={theme}>',
      to: '>',
    },
  ]),
  ...guardsOf('app/c/[conversationId]/page.tsx', 'tests/browser/page.spec.ts', [
    {
      rules: ['PAGE11'],
      name: 'load: what the document asks for is not asked for again',
      from: "crossOrigin: 'anonymous'",
      to: "crossOrigin: 'use-credentials'",
      only: 'PAGE11',
    },
  ]),
];
