import { guardsOf } from '../guard.ts';

const RESPOND = 'tests/server/respond.test.ts';

/** What is checked of a call before a verb acts, and how the page sends. */
export const callGuards = [
  ...guardsOf('app/_server/answering.ts', RESPOND, [
    {
      rules: ['SEC1'],
      name: 'call: the Host is ours',
      from: 'isOurHost(request, webEnv()) ? await verb(request, context) : unknownHost',
      to: 'await verb(request, context)',
    },
    {
      rules: ['API1'],
      name: 'call: trouble is put into words',
      from: 'return toResponse(troubleOf(error));',
      to: 'throw error;',
    },
  ]),
  ...guardsOf('app/_server/respond.ts', RESPOND, [
    {
      rules: ['SEC1'],
      name: 'call: a change comes from a page of ours',
      from: 'if (!CHANGES_NOTHING.has(request.method) && !isOurOrigin(request, webEnv())) {',
      to: 'if (false) {',
    },
    {
      rules: ['API1'],
      name: 'call: what the schemas refuse is refused',
      from: 'return call.success ? verb(call.data as Input<S>) : refusedInput(call.error.issues);',
      to: 'return verb(call.data as Input<S>);',
    },
  ]),
  ...guardsOf('app/_server/addresses.ts', RESPOND, [
    {
      rules: ['SEC1'],
      name: 'address: a Host is a name and a port, and no more of a URL',
      from: 'const url = HOST.test(given) && URL.parse',
      to: 'const url = URL.parse',
    },
    {
      rules: ['SEC1'],
      name: 'address: `null` is nobody’s page',
      from: 'if (!origin || !/^https?:$/.test(origin.protocol)) return false;',
      to: 'if (!origin) return true;',
    },
    {
      rules: ['SEC1'],
      name: 'address: a page’s Origin is the Host that it asked',
      from: 'return origin.host === hostOf(request, origin.protocol)?.host;',
      to: 'return true;',
    },
  ]),
  ...guardsOf('app/_server/read-json.ts', RESPOND, [
    {
      rules: ['API3'],
      name: 'body: only application/json',
      from: "!JSON_TYPE.test(headers.get('content-type') ?? '') ||",
      to: '',
    },
    {
      rules: ['API3'],
      name: 'body: not compressed',
      from: "(headers.get('content-encoding') ?? 'identity') !== 'identity'",
      to: 'false',
    },
    {
      rules: ['API3'],
      name: 'body: at most 256 KiB by what it says',
      from: "if (Number(headers.get('content-length') ?? 0) > LIMITS.bodyBytes) return tooLarge;",
      to: '',
    },
    {
      rules: ['API3'],
      name: 'body: at most 256 KiB as it comes',
      from: 'if (length > limit) return null;',
      to: '',
    },
    { rules: ['API2'], name: 'body: only valid UTF-8', from: '{ fatal: true }', to: '{ fatal: false }' },
  ]),
  ...guardsOf('lib/protocol/command.ts', 'tests/protocol/command.test.ts', [
    { rules: ['API2'], name: 'text: no NUL', from: "!text.includes('\\0')", to: 'true' },
    { rules: ['API2'], name: 'text: no lone surrogate', from: 'text.isWellFormed()', to: 'true' },
    { rules: ['API3'], name: 'prompt: something in it', from: "text.trim() !== ''", to: 'true' },
    { rules: ['API3'], name: 'prompt: at most 32,000 units', from: 'text.length <= LIMITS.promptLength', to: 'true' },
  ]),
  ...guardsOf('lib/protocol/ids.ts', 'tests/protocol/command.test.ts', [
    { rules: ['SEND2'], name: 'id: two spellings are one', from: '.transform((id) => id.toLowerCase())', to: '' },
  ]),
  ...guardsOf('app/_client/outbox.ts', 'tests/page/outbox.test.ts', [
    {
      rules: ['SEND1'],
      name: 'page: a message is kept before it goes out',
      from: 'storage.keep(outgoing);\n      state',
      to: 'state',
    },
    {
      rules: ['SEND1'],
      name: 'page: an accepted message is forgotten',
      from: 'storage.forget(id);\n        onAccepted',
      to: 'onAccepted',
    },
    {
      rules: ['SEND1'],
      name: 'page: after a passing trouble it goes again',
      from: '} else if (isPassing(answer)) {',
      to: '} else if (false) {',
    },
    {
      rules: ['SEND4'],
      name: 'page: messages of a conversation go one after the other',
      from: 'if (busy.has(conversationId)) return;',
      to: '',
    },
  ]),
  ...guardsOf('app/_components/markdown-safety.ts', 'tests/page/markdown.test.ts', [
    {
      rules: ['SEC4'],
      name: 'page: a picture is a link',
      from: "child.tagName === 'img' ? linkTo(child) : child",
      to: 'child',
    },
    {
      rules: ['SEC4'],
      name: 'page: a link leads to the web or a mail',
      from: "element.tagName === 'a' && !isAllowed(element.properties['href']) ? element.children : [element]",
      to: '[element]',
    },
  ]),
];
