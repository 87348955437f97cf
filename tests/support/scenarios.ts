import type { OutgoingHttpHeaders } from 'node:http';
import { errorBody, type WireError } from './chat-wire.ts';
import { diceOf, replyTextOfLength } from './seeded-text.ts';
import type { ScenarioName } from './scenario-options.ts';
import type { Stage } from './stage.ts';

type Play = (stage: Stage) => Promise<void>;

const steady: Play = async (stage) => {
  await stage.send();
  await stage.finish('stop');
};

const PAGE = '<!doctype html><html><body><h1>502 Bad Gateway</h1><p>nginx</p></body></html>';

/** What the endpoint does for each scenario. A play that has nothing more to say ends only when its client goes. */
export const plays: Record<ScenarioName, Play> = {
  steady,
  'slow-start': steady,
  endless: steady,
  burst: async (stage) => {
    await stage.sendAtOnce();
    await stage.finish('stop');
  },
  'one-byte': async (stage) => {
    stage.cutBytes(() => 1);
    await steady(stage);
  },
  'split-utf8': async (stage) => {
    const roll = diceOf(stage.options.seed);
    stage.cutBytes(() => 1 + roll(5));
    await steady(stage);
  },
  'split-surrogates': async (stage) => {
    stage.cutTokens((token) => token.split(/(?<=[\ud800-\udbff])/));
    await steady(stage);
  },
  hold: async (stage) => {
    await stage.send(stage.options.after);
    await stage.released();
    await steady(stage);
  },
  'gate-first': async (stage) => {
    await stage.released();
    await steady(stage);
  },
  reasoning: async (stage) => {
    await stage.think(stage.options.thoughts);
    if (stage.options.held) await stage.released();
    await steady(stage);
  },
  length: async (stage) => {
    await stage.send();
    await stage.finish('length');
  },
  withheld: async (stage) => {
    await stage.send();
    await stage.finish('content_filter');
  },
  'endless-event': async (stage) => stage.endlessEvent(),
  empty: async (stage) => {
    await stage.finish('stop');
  },
  'huge-event': async (stage) => {
    const { seed, bytes } = stage.options;
    await stage.sendAtOnce(replyTextOfLength({ seed, length: bytes }));
    await stage.finish('stop');
  },
  break: async (stage) => {
    await stage.send(stage.options.after);
    await stage.destroy();
  },
  truncate: async (stage) => {
    await stage.send(stage.options.after);
    await stage.cutOff();
  },
  silent: async (stage) => {
    stage.head();
    await stage.silence();
  },
  'silent-before-headers': async (stage) => {
    await stage.silence();
  },
  'silent-middle': async (stage) => {
    await stage.send(stage.options.after);
    await stage.silence();
  },
  malformed: async (stage) => {
    await stage.send(stage.options.after);
    await stage.fault('{"id":"chatcmpl-broken","choices":[{"delta":{"content":');
  },
  'inband-error': async (stage) => {
    const { after, code = 'server_error' } = stage.options;
    await stage.send(after);
    const type = stage.options.failed ? 'response.failed' : code;
    await stage.error({ message: 'The server had an error.', type, code });
  },
  html: async (stage) => stage.answer(200, { 'content-type': 'text/html' }, PAGE),
  redirect: async (stage) => stage.answer(307, { location: stage.around.elsewhere }),
  fail: async (stage) => {
    const { status, retryAfter, code, page } = stage.options;
    if (page) return stage.answer(status, { 'content-type': 'text/html' }, PAGE);
    const reason = REFUSALS[status] ?? { code: 'server_error', message: 'The server had an error.' };
    refuse(
      stage,
      status,
      { ...reason, ...(code && { code }) },
      retryAfter ? { 'retry-after': inFull(retryAfter) } : {},
    );
  },
  'context-length': async (stage) =>
    refuse(stage, 400, {
      code: 'context_length_exceeded',
      message: "This model's maximum context length is 2048 tokens. However, your messages resulted in 9999 tokens.",
    }),
  'wrong-key': async (stage) =>
    refuse(stage, 401, { code: 'invalid_api_key', message: `Incorrect API key provided: ${stage.around.maskedKey}.` }),
  'model-not-found': async (stage) =>
    refuse(stage, 404, { code: 'model_not_found', message: `The model \`${stage.model}\` does not exist.` }),
};

/** `in:SECONDS` is the date that lies so far ahead; a prompt's options hold no blanks. */
const inFull = (retryAfter: string) =>
  retryAfter.startsWith('in:') ? new Date(Date.now() + Number(retryAfter.slice(3)) * 1_000).toUTCString() : retryAfter;

function refuse(stage: Stage, status: number, error: WireError, headers: OutgoingHttpHeaders = {}): void {
  stage.answer(status, { 'content-type': 'application/json', ...headers }, errorBody(error));
}

const REFUSALS: Partial<Record<number, { code: string; message: string }>> = {
  400: { code: 'invalid_request_error', message: 'The request was not understood.' },
  401: { code: 'invalid_api_key', message: 'Incorrect API key provided.' },
  403: { code: 'permission_denied', message: 'This key may not use this model.' },
  404: { code: 'model_not_found', message: 'The model does not exist.' },
  429: { code: 'rate_limit_exceeded', message: 'Rate limit reached.' },
  503: { code: 'overloaded', message: 'The engine is overloaded.' },
  529: { code: 'overloaded_error', message: 'Overloaded' },
};
