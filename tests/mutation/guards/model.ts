import { guardsOf } from '../guard.ts';

/** What the model is told, and what of its answers counts. */
export const modelGuards = [
  ...guardsOf('worker/model/context.ts', 'tests/model/context.test.ts', [
    {
      rules: ['CTX2'],
      name: 'context: a reply that is not whole has its marker',
      from: 'answer || MARKERS.failed',
      to: 'reply || MARKERS.failed',
    },
    {
      rules: ['CTX2'],
      name: 'context: user messages never stand together',
      from: "{ role: 'assistant', content: answer || MARKERS.failed },",
      to: "...(reply ? [{ role: 'assistant' as const, content: answer }] : []),",
    },
    {
      rules: ['CTX2'],
      name: 'context: a turn stopped before it began is left out',
      from: "if (status === 'stopped' && !begun) return [];",
      to: '',
    },
    {
      rules: ['CTX2'],
      name: 'context: only that one is left out',
      from: "if (status === 'stopped' && !begun) return [];",
      to: 'if (!begun) return [];',
    },
    {
      rules: ['CTX3'],
      name: 'context: what does not fit is left out',
      from: 'if (tokens > room) return { messages, cutBefore: turn.id, begunTokens };',
      to: '',
    },
    {
      rules: ['CTX3'],
      name: 'context: and none before it is taken',
      from: 'if (tokens > room) return { messages, cutBefore: turn.id, begunTokens };',
      to: 'if (tokens > room) continue;',
    },
    {
      rules: ['CTX3'],
      name: 'context: room is kept for the reply',
      from: 'let room = model.contextTokens - model.replyTokens;',
      to: 'let room = model.contextTokens;',
    },
    {
      rules: ['CTX3'],
      name: 'context: a prompt that does not fit alone fails',
      from: 'if (tokens > room) {',
      to: 'if (false) {',
    },
    {
      rules: ['CTX1'],
      name: 'context: the oldest first',
      from: 'messages.unshift(...told);',
      to: 'messages.splice(-1, 0, ...told);',
    },
  ]),
  ...guardsOf('lib/store/transcript.ts', 'tests/store/sqlite.test.ts', [
    {
      rules: ['CTX1'],
      name: 'transcript: the path of parents, not the order',
      from: 'next = record.parent_id;',
      to: 'next = null;',
      only: 'CTX1',
    },
    {
      rules: ['CTX3'],
      name: 'transcript: a count goes on from a turn of the same line alone',
      from: 'last && isFound ?',
      to: 'last ?',
      only: 'a line is counted',
    },
  ]),
  ...guardsOf('worker/model/provider-errors.ts', 'tests/model/provider-errors.test.ts', [
    {
      rules: ['ACT7'],
      name: 'provider: a pause of more than 30 s is final',
      from: 'if (wait > RETRY_AFTER_MAX_MS) return final(code, said, cause);',
      to: '',
    },
    {
      rules: ['ACT7'],
      name: 'provider: Retry-After is honoured',
      from: 'retries: true, retryAfterMs: wait, cause',
      to: 'retries: true, cause',
    },
    {
      rules: ['ACT7'],
      name: 'provider: Retry-After as a date',
      from: ': dateOf(header) - now;',
      to: ': Number.NaN;',
    },
    {
      rules: ['ACT7'],
      name: 'provider: a Retry-After that lies behind is no pause',
      from: 'Math.max(0, wait)',
      to: 'wait',
    },
    {
      rules: ['ACT7'],
      name: 'provider: a Retry-After that is no HTTP date is none',
      from: '(/^\\s*[A-Z][a-z]{2,8}, .+ GMT\\s*$/.test(header) ? Date.parse(header) : NaN)',
      to: 'Date.parse(header)',
    },
    {
      rules: ['ACT8'],
      name: 'provider: 401 pauses',
      from: `cause,
        true,
      );`,
      to: `cause,
      );`,
    },
    {
      rules: ['ACT8'],
      name: 'provider: 403 pauses',
      from: "does not allow this key to use the model.', cause, true)",
      to: "does not allow this key to use the model.', cause)",
    },
    {
      rules: ['ACT7'],
      name: 'provider: 409 and 5xx are tried again',
      from: 'if (status === 409 || status >= 500) {',
      to: 'if (false) {',
    },
    {
      rules: ['ACT7'],
      name: 'provider: 429 is tried again',
      from: "return again('rate_limited', 'The model’s server limits how often it answers.', cause, retryAfterMs(cause, now));",
      to: "return final('rate_limited', 'The model’s server limits how often it answers.', cause);",
    },
    {
      rules: ['ACT7'],
      name: 'provider: 404 is final',
      from: 'case 404:\n      return final(',
      to: 'case 404:\n      return again(',
    },
  ]),
  ...guardsOf('worker/model/providers.ts', 'tests/model/model.test.ts', [
    {
      rules: ['ACT7'],
      name: 'answer: a redirect is not followed',
      from: "redirect: 'error' })",
      to: "redirect: 'follow' })",
    },
  ]),
  ...guardsOf('worker/model/provider-stream.ts', 'tests/model/model.test.ts', [
    {
      rules: ['ACT7'],
      name: 'answer: whole only where the provider says so',
      from: 'default:\n      throw new ProviderFailure(BROKEN_OFF, { retries: true });',
      to: 'default:\n      return;',
    },
    {
      rules: ['ACT7'],
      name: 'answer: the limit on new text is no whole answer',
      from: "case 'length':\n      throw new ProviderFailure({",
      to: "case 'length':\n      return void new ProviderFailure({",
    },
    {
      rules: ['ACT7'],
      name: 'answer: silence before the first token ends',
      from: 'let watch = setTimeout(() => silence.abort(), env.MODEL_FIRST_TOKEN_TIMEOUT_MS).unref();',
      to: 'let watch = setTimeout(() => {}, env.MODEL_FIRST_TOKEN_TIMEOUT_MS).unref();',
      only: 'silent',
    },
    {
      rules: ['ACT7'],
      name: 'answer: silence between two tokens ends',
      from: 'watch = setTimeout(() => silence.abort(), env.MODEL_IDLE_TIMEOUT_MS).unref();',
      to: 'watch = setTimeout(() => {}, env.MODEL_IDLE_TIMEOUT_MS).unref();',
      only: 'silent',
    },
    {
      rules: ['ACT7'],
      name: 'answer: the SDK tries nothing again by itself',
      from: 'maxRetries: 0,',
      to: 'maxRetries: 2,',
      by: 'tests/worker/faults.test.ts',
      only: 'LOG10. fail status=500',
    },
  ]),
  ...guardsOf('worker/model/provider-stream.ts', 'tests/model/model.test.ts', [
    {
      rules: ['MOD5'],
      name: 'answer: thinking is no silence',
      from: 'watch.refresh();',
      to: "if (part.type === 'text-delta') watch.refresh();",
      only: 'MOD5',
    },
    {
      rules: ['MOD6'],
      name: 'answer: OpenAI is asked to store nothing',
      from: 'store: false',
      to: 'store: true',
      only: 'MOD6',
    },
  ]),
  ...guardsOf('worker/model/thoughts-apart.ts', 'tests/model/model.test.ts', [
    {
      rules: ['MOD5'],
      name: 'thoughts: what goes on with a begun reply is no beginning',
      from: "const isBegun = params.prompt.at(-1)?.role === 'assistant';",
      to: 'const isBegun = false;',
      only: 'MOD5',
    },
  ]),
  ...guardsOf('worker/model/thoughts-apart.ts', 'tests/model/thoughts-apart.test.ts', [
    {
      rules: ['MOD5'],
      name: 'thoughts: a tag that is cut in two is one',
      from: 'const to = end === -1 ? held.length - lengthOfBegunTag(held) : end;',
      to: 'const to = end === -1 ? held.length : end;',
    },
    {
      rules: ['MOD5'],
      name: 'thoughts: an opening that may still come is waited for',
      from: 'begun.length < OPENING.length && OPENING.startsWith(begun);',
      to: "begun === '';",
    },
    {
      rules: ['MOD5'],
      name: 'thoughts: tags of the answer itself stay in it',
      from: "if (phase === 'answer') return { thought: '', text: delta };",
      to: "if (phase === 'answer') phase = 'beginning';",
    },
    {
      rules: ['MOD5'],
      name: 'thoughts: what was held back is told at the end',
      from: "text: phase === 'beginning' ? held : '' };",
      to: "text: '' };",
    },
  ]),
  ...guardsOf('worker/model/embedded-model.ts', 'tests/model/embedded-model.test.ts', [
    {
      rules: ['MOD2'],
      name: 'embedded: a message waits while the model is made ready',
      from: "if (state === 'ok' || signal.aborted) return;",
      to: 'return;',
    },
    {
      rules: ['MOD2'],
      name: 'embedded: a Stop ends the waiting',
      from: "if (state === 'ok' || signal.aborted) return;",
      to: "if (state === 'ok') return;",
      only: 'Stop',
    },
  ]),
  ...guardsOf('worker/model/bounded.ts', 'tests/model/bounded.test.ts', [
    {
      rules: ['ACT9'],
      name: 'answer: an event of more than 16 MiB is given up',
      from: 'if (gathered > LIMITS.providerEventBytes) throw tooLarge();',
      to: '',
    },
  ]),
  ...guardsOf('worker/model/warm.ts', 'tests/model/warm.test.ts', [
    {
      rules: ['MOD7'],
      name: 'model: an idle connection is kept for a minute',
      from: 'keepAliveTimeout: IDLE_MS',
      to: '',
    },
  ]),
];
