import { guardsOf, type Guard } from '../guard.ts';

const FOLDER = 'worker/model/embedded';
const CHAT = 'tests/embedded/chat.test.ts';
const PROMPT = 'tests/embedded/prompt.test.ts';
const PROCESS = 'tests/embedded/process.test.ts';
const ABORT = 'tests/embedded/abort.test.ts';
const REFUSALS = 'tests/embedded/refusals.test.ts';

/** Both end what is being written when the process ends. */
const endsAtOnce: Guard = {
  rules: ['EM1'],
  name: 'embedded: its end cuts what it writes',
  edits: [
    { file: `${FOLDER}/main.ts`, from: 'ending.abort();\n', to: '' },
    { file: `${FOLDER}/main.ts`, from: 'server.closeAllConnections();', to: '' },
  ],
  by: PROCESS,
  only: 'SIGTERM',
};

/** The model that comes along: its file, its slots, and the API that it speaks. */
export const embeddedGuards = [
  ...guardsOf(`${FOLDER}/readiness.ts`, 'tests/embedded/readiness.test.ts', [
    {
      rules: ['EM1'],
      name: 'embedded: a model that cannot be had is tried again',
      from: '// The abort that ends the pause is seen by the loop.\n',
      to: 'return;\n',
    },
    {
      rules: ['EM1'],
      name: 'embedded: an end in a pause ends the tries',
      from: ', undefined, { signal }).catch(() => {});',
      to: ', undefined).catch(() => {});',
      only: 'pause',
    },
  ]),
  ...guardsOf(`${FOLDER}/server.ts`, PROCESS, [
    {
      rules: ['EM1'],
      name: 'embedded: until it is ready it says when to ask again',
      from: "notReady(readiness), { 'retry-after': '1' });",
      to: 'notReady(readiness));',
      only: 'waited for',
    },
  ]),
  endsAtOnce,
  ...guardsOf(`${FOLDER}/chat-completions.ts`, CHAT, [
    {
      rules: ['EM2'],
      name: 'embedded: a stream begins with the role',
      from: "sendDelta({ role: 'assistant', content: '' });",
      to: '',
      only: 'EM2. a stream',
    },
    {
      rules: ['EM2'],
      name: 'embedded: a stream says why it ends',
      from: 'sendDelta({}, reply.finish);',
      to: '',
      only: 'EM2. a stream',
    },
    {
      rules: ['EM2'],
      name: 'embedded: usage where it is asked for',
      from: 'if (includeUsage) send(',
      to: 'if (false) send(',
      only: 'EM2. a stream',
    },
    {
      rules: ['EM2'],
      name: 'embedded: the last word is [DONE]',
      from: "response.end('data: [DONE]\\n\\n');",
      to: 'response.end();',
      only: 'EM2. a stream',
    },
    {
      rules: ['EM2'],
      name: 'embedded: no more new text than was asked for',
      from: 'request.max_completion_tokens ?? request.max_tokens ?? MAX_NEW_TOKENS',
      to: 'MAX_NEW_TOKENS',
      only: 'EM2. max_tokens',
    },
    {
      rules: ['EM2'],
      name: 'embedded: a seed gives the same words',
      from: 'request.seed ?? randomInt(2 ** 31)',
      to: 'randomInt(2 ** 31)',
      only: 'EM2. a seed',
    },
    {
      rules: ['EM7'],
      name: 'embedded: messages that do not fit are refused',
      from: 'if (room < 1) {',
      to: 'if (false) {',
      by: PROMPT,
      only: 'EM7. messages',
    },
    {
      rules: ['EM7'],
      name: 'embedded: a reply has what is left of the window',
      from: 'MAX_NEW_TOKENS - begun.length,\n    room,',
      to: 'MAX_NEW_TOKENS - begun.length,',
      by: PROMPT,
      only: 'EM7. a prompt that fills',
    },
    {
      rules: ['EM8'],
      name: 'embedded: a begun reply counts in the limit on new text',
      from: 'MAX_NEW_TOKENS - begun.length,',
      to: 'MAX_NEW_TOKENS,',
      by: PROMPT,
      only: 'EM8. a begun reply counts',
    },
  ]),
  ...guardsOf(`${FOLDER}/chat-template.ts`, PROMPT, [
    {
      rules: ['EM7'],
      name: 'embedded: the template is that of the file',
      from: "type: 'jinjaTemplate', ",
      to: '',
      only: 'EM7. tokens',
    },
    {
      rules: ['EM8'],
      name: 'embedded: a begun reply is no message before a new one',
      from: "if (messages.at(-1)?.role !== 'assistant') chatHistory",
      to: 'chatHistory',
      only: 'EM7. a begun reply|EM8. a begun reply reaches',
    },
  ]),
  ...guardsOf(`${FOLDER}/reply.ts`, ABORT, [
    {
      rules: ['EM4'],
      name: 'embedded: a client that goes ends the reading of its prompt',
      from: "at += PIECE_TOKENS) {\n    if (signal.aborted) return ended('aborted');",
      to: 'at += PIECE_TOKENS) {',
      only: 'reading',
    },
    {
      rules: ['EM4'],
      name: 'embedded: a client that goes ends its answer',
      from: "if (signal.aborted) return ended('aborted');\n    written",
      to: 'written',
      only: 'a closed socket ends the answer',
    },
    {
      rules: ['EM5'],
      name: 'embedded: a slot keeps what it has read',
      from: 'sequence.compareContextTokens(prompt).firstDifferentIndex, prompt',
      to: '0, prompt',
      by: PROMPT,
      only: 'EM5',
    },
    {
      rules: ['EM8'],
      name: 'embedded: repetition is held down over what was begun',
      from: '...begun.slice(-REPEAT.lastTokens), ',
      to: '',
      by: CHAT,
      only: 'EM8. what was there',
    },
  ]),
  ...guardsOf(`${FOLDER}/slots.ts`, 'tests/embedded/slots.test.ts', [
    {
      rules: ['EM4'],
      name: 'embedded: who leaves the line is passed over',
      from: 'line.splice(line.indexOf(grant), 1);',
      to: '',
    },
    {
      rules: ['EM4'],
      name: 'embedded: who has gone gets no slot',
      from: 'if (signal.aborted) return Promise.reject(signal.reason);',
      to: '',
    },
    {
      rules: ['EM5'],
      name: 'embedded: a prompt gets the slot that holds most of it',
      from: 'most * 2 >= prompt.length ? held.indexOf(most) : 0',
      to: '0',
    },
    {
      rules: ['EM5'],
      name: 'embedded: a shared beginning alone overwrites no slot',
      from: 'most * 2 >= prompt.length ? held.indexOf(most) : 0',
      to: 'held.indexOf(most)',
    },
    {
      rules: ['EM5'],
      name: 'embedded: a slot that was used is the last to go',
      from: 'free.push(slot)',
      to: 'free.unshift(slot)',
    },
  ]),
  ...guardsOf(`${FOLDER}/token-text.ts`, PROMPT, [
    {
      rules: ['EM6'],
      name: 'embedded: half a character waits for its rest',
      from: "if (text.endsWith(REPLACEMENT) && held.length <= CHARACTER_TOKENS) return '';",
      to: '',
      only: 'EM6',
    },
    {
      rules: ['EM6'],
      name: 'embedded: a character cut by the limit is left out',
      from: "text.replace(/\\uFFFD+$/, '')",
      to: 'text',
      only: 'EM6',
    },
  ]),
  ...guardsOf(`${FOLDER}/chat-request.ts`, REFUSALS, [
    {
      rules: ['EM9'],
      name: 'embedded: no NUL, which the tokenizer would end at',
      from: ".refine((text) => !text.includes('\\0'), 'must not contain NUL')",
      to: '',
    },
    {
      rules: ['EM9'],
      name: 'embedded: no lone surrogate',
      from: ".refine((text) => text.isWellFormed(), 'must not contain lone surrogates')",
      to: '',
    },
    { rules: ['EM9'], name: 'embedded: tools are refused', from: "tools: unsupported('tools'),", to: '' },
    { rules: ['EM9'], name: 'embedded: a stop text is refused', from: "stop: unsupported('stop'),", to: '' },
  ]),
  ...guardsOf(`${FOLDER}/respond.ts`, REFUSALS, [
    {
      rules: ['EM9'],
      name: 'embedded: only application/json',
      from: "if (!/^application\\/json\\b/i.test(request.headers['content-type'] ?? '')) {",
      to: 'if (false) {',
    },
    { rules: ['EM9'], name: 'embedded: a body has a measure', from: 'if (bytes > BODY_BYTES)', to: 'if (false)' },
    { rules: ['EM9'], name: 'embedded: only valid UTF-8', from: '{ fatal: true }', to: '{ fatal: false }' },
  ]),
  ...guardsOf(`${FOLDER}/server.ts`, REFUSALS, [
    {
      rules: ['EM9'],
      name: 'embedded: only loopback names',
      from: "if (!isLoopback(URL.parse(`http://${request.headers.host}`)?.hostname ?? '')) {",
      to: 'if (false) {',
    },
  ]),
];
