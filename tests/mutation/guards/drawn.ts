import { guardsOf, type Guard } from '../guard.ts';

const TURN = 'tests/page/turn.test.ts';
const KEPT = 'tests/page/kept.test.ts';
const WORDS = 'tests/page/words.test.ts';
const TYPING = 'tests/page/typing.test.ts';

/** One asks where a passage is closed, the other whenever its text goes on. */
const beginsAnew: Guard = {
  rules: ['PAGE10'],
  name: 'passages: none begins with what may belong to the one before',
  edits: [
    { file: 'app/_components/passages.ts', from: "passage.endsWith('\\n\\n') && BEGINS_ANEW.test(block)", to: 'true' },
    {
      file: 'app/_components/passages.ts',
      from: ' || !BEGINS_ANEW.test(text.slice(end, end + 2))) break;',
      to: ') break;',
    },
  ],
  by: 'tests/page/passages.test.ts',
};

/** What the page draws, hears of its keys, keeps and says. */
export const drawnGuards = [
  ...guardsOf('app/_components/turn-frame.tsx', TURN, [
    { rules: ['PAGE1'], name: 'page: a turn has its id', from: 'data-turn-id={id} ', to: '' },
    { rules: ['PAGE1'], name: 'page: a turn has its status', from: 'data-status={status} ', to: '' },
    { rules: ['PAGE1'], name: 'page: a prompt as it was typed', from: '{prompt}\n', to: '{prompt.trim()}\n' },
  ]),
  ...guardsOf('app/_components/turn.tsx', TURN, [
    {
      rules: ['PAGE1'],
      name: 'page: the reply’s place holds the model’s words and nothing else',
      from: "{text !== '' && <Markdown text={text} isGrowing={!hasEnded} />}\n",
      to: "<Reasoning parts={parts} turn={turn} />\n{text !== '' && <Markdown text={text} isGrowing={!hasEnded} />}\n",
    },
    {
      rules: ['CTX3'],
      name: 'page: what was left out of the window is said',
      from: '{turn.omittedTurns > 0 && <Omitted count={turn.omittedTurns} />}',
      to: '',
    },
  ]),
  ...guardsOf('app/_components/typing.ts', TYPING, [
    {
      rules: ['PAGE2'],
      name: 'keys: one that an input method takes sends nothing',
      from: 'event.nativeEvent.isComposing || ',
      to: '',
    },
    {
      rules: ['PAGE2'],
      name: 'keys: also one that does not say so',
      from: ' || event.keyCode === 229',
      to: '',
    },
    { rules: ['PAGE2'], name: 'keys: Shift+Enter is a new line', from: ' && !event.shiftKey', to: '' },
  ]),
  ...guardsOf('app/_client/line.ts', 'tests/page/line.test.ts', [
    {
      rules: ['PAGE3'],
      name: 'tray: the first open turn is no part of it',
      from: 'entry !== first && isQueued(entry)',
      to: 'isQueued(entry)',
    },
    {
      rules: ['SEND4'],
      name: 'page: a retry stands in the place of the failed turn',
      from: 'line = upTo(line, parentId);',
      to: 'line = [...line];',
    },
    {
      rules: ['SEND1'],
      name: 'page: a message is drawn once, sent or taken',
      from: 'sending.conversationId === view.conversationId && !view.turns.has(sending.id)',
      to: 'sending.conversationId === view.conversationId',
    },
    {
      rules: ['TREE2'],
      name: 'page: a turn that only an answer told of is in the line',
      from: 'return newest ? lineOf(turns, newest.id) : line;',
      to: 'return line;',
    },
  ]),
  ...guardsOf('app/_client/mode.ts', 'tests/page/mode.test.ts', [
    {
      rules: ['PAGE3'],
      name: 'tray: an interjection is no part of it',
      from: "isWaiting(entry) && requestOf(entry).mode === 'queue'",
      to: 'isWaiting(entry)',
      by: 'tests/page/line.test.ts',
    },
    {
      rules: ['IJ3'],
      name: 'page: an interjection that waited is spared',
      from: 'now - at < TIMES.interjectionSparedMs && !isBeforeJump(at, now)',
      to: '!isBeforeJump(at, now)',
    },
    {
      rules: ['CLK2', 'IJ3'],
      name: 'page: one from before the clock went back is spared',
      from: ' && !isBeforeJump(at, now)',
      to: '',
    },
    {
      rules: ['STOP4'],
      name: 'page: Stop ends what is still on its way',
      from: '(entries.find(isRunning) ?? entries.find(isOpen))',
      to: 'entries.find(isRunning)',
    },
  ]),
  ...guardsOf('app/_client/outbox.ts', 'tests/page/outbox.test.ts', [
    {
      rules: ['PAGE4'],
      name: 'page: what was refused is kept with its reason',
      from: 'storage.keep({ ...outgoing, refused: answer.message });',
      to: '',
    },
    {
      rules: ['PAGE4'],
      name: 'page: what was not taken goes again after a reload',
      from: 'for (const { conversationId } of left) void work(conversationId);',
      to: '',
    },
    {
      rules: ['PAGE4'],
      name: 'page: what is discarded is forgotten',
      from: 'storage.forget(id);\n      remove(id);',
      to: 'remove(id);',
    },
  ]),
  ...guardsOf('app/_client/storage.ts', KEPT, [
    {
      rules: ['PAGE4'],
      name: 'page: a storage that is full costs nothing else',
      from: '} catch {\n    return false;\n  }',
      to: '} catch (error) {\n    throw error;\n  }',
    },
  ]),
  ...guardsOf('app/_client/places.ts', KEPT, [
    {
      rules: ['PAGE5'],
      name: 'page: at the end there is no place to come back to',
      from: 'if (place) places.set(conversationId, place);',
      to: 'if (place) places.set(conversationId, place);\n      else return;',
    },
    { rules: ['PAGE5'], name: 'page: not every place for ever', from: '[...places].slice(-MOST)', to: '[...places]' },
  ]),
  ...guardsOf('app/_client/waiting.ts', WORDS, [
    {
      rules: ['PAGE6'],
      name: 'words: its turn is waited for',
      from: "if (!isFirst) return 'Waiting its turn';",
      to: '',
    },
    {
      rules: ['PAGE6'],
      name: 'words: a pause is waited for',
      from: "if (turn.status === 'queued' && isPaused) return",
      to: 'if (false) return',
    },
    {
      rules: ['PAGE6'],
      name: 'words: Temporal is waited for',
      from: "if (health && health.temporal.state !== 'ok') return",
      to: 'if (false) return',
    },
    {
      rules: ['PAGE6'],
      name: 'words: the worker is waited for',
      from: "if (health && health.worker.state !== 'ok') return",
      to: 'if (false) return',
    },
    {
      rules: ['PAGE6'],
      name: 'words: how far the model’s download is',
      from: "if (state === 'starting' && percent !== undefined)",
      to: 'if (false)',
    },
    {
      rules: ['PAGE6'],
      name: 'words: which attempt comes',
      from: '(attempt ${tries + 1} of',
      to: '(attempt ${tries} of',
    },
  ]),
  ...guardsOf('app/_components/announcer.tsx', 'tests/page/announcer.test.ts', [
    {
      rules: ['PAGE7'],
      name: 'heard: never a word of the text',
      from: 'WORDS[entry.turn.status]',
      to: 'WORDS[entry.turn.status] + entry.turn.reply',
    },
    {
      rules: ['PAGE7'],
      name: 'heard: it is a live region',
      from: '<output aria-label="Progress" className="sr-only">',
      to: '<output aria-label="Progress" aria-live="off" className="sr-only">',
    },
  ]),
  ...guardsOf('app/_client/theme.ts', 'tests/page/theme.test.ts', [
    {
      rules: ['PAGE8'],
      name: 'theme: a cookie that names none is the system’s',
      from: "THEMES.find((theme) => theme === text) ?? 'system'",
      to: 'text as Theme',
    },
  ]),
  beginsAnew,
  ...guardsOf('app/_components/passages.ts', 'tests/page/passages.test.ts', [
    {
      rules: ['PAGE10'],
      name: 'passages: a long reply has many',
      from: 'if (passage.length >= length && passage',
      to: 'if (false && passage',
    },
    {
      rules: ['PAGE10'],
      name: 'passages: one that is closed stays only while its text does',
      from: 'text.slice(begin, end) !== passage || ',
      to: '',
    },
    {
      rules: ['PAGE10'],
      name: 'passages: what Markdown reads across blocks is not cut',
      from: 'if (rest.length === 1 && REACHES_FAR.test(rest[0]!) && parseMarkdownIntoBlocks(text).length === 1) return [text];',
      to: '',
    },
  ]),
];
