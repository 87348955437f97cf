import { APICallError } from 'ai';
import { expect, test } from 'vitest';
import { ProviderFailure } from '#worker/model/port.ts';
import { asProviderFailure, RETRY_AFTER_MAX_MS } from '#worker/model/provider-errors.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const SECRETS = 'sk-live-4321 at Object.handler (/srv/app.js:12:7) <html><b>nginx</b></html>';

function refused(statusCode: number, { retryAfter, body = '' }: { retryAfter?: string; body?: string } = {}) {
  return new APICallError({
    message: `${SECRETS} ${body}`,
    url: 'https://provider.example/v1/chat/completions',
    requestBodyValues: { messages: ['what the user wrote'] },
    statusCode,
    responseHeaders: retryAfter === undefined ? {} : { 'retry-after': retryAfter },
    responseBody: `{"error":{"message":"${SECRETS}","code":"${body}"}}`,
  });
}

const codeOf = (cause: unknown) => asProviderFailure(cause, NOW).error.code;

test.each([
  // status, code, is tried again, pauses the conversation
  [400, 'refused', false, false],
  [401, 'wrong_key', false, true],
  [403, 'forbidden', false, true],
  [404, 'model_not_found', false, false],
  [405, 'refused', false, false],
  [408, 'timeout', true, false],
  [409, 'provider_error', true, false],
  [413, 'request_too_large', false, false],
  [422, 'refused', false, false],
  [429, 'rate_limited', true, false],
  [500, 'provider_error', true, false],
  [502, 'provider_error', true, false],
  [503, 'overloaded', true, false],
  [504, 'provider_error', true, false],
  [529, 'overloaded', true, false],
  [302, 'redirected', false, false],
  [307, 'redirected', false, false],
])('[ACT7] [ACT8] HTTP %i: %s, tried again: %s, pauses: %s', (status, code, retries, pauses) => {
  expect(asProviderFailure(refused(status), NOW)).toMatchObject({ error: { code }, retries, pauses });
});

test.each([401, 403, 404, 408, 429, 500, 503])(
  '[SEC5] HTTP %i: nothing that the provider wrote is in our words',
  (status) => {
    const { error, message } = asProviderFailure(refused(status, { retryAfter: '7' }), NOW);
    const told = `${JSON.stringify(error)} ${message}`;
    for (const part of ['sk-live', '4321', '/srv', 'Object', '<', 'nginx', 'provider.example', 'what the user wrote']) {
      expect(told).not.toContain(part);
    }
    expect(error.message).toMatch(/^[A-Z].+[.?]$/);
  },
);

test.each([
  ['0', 0],
  ['7', 7_000],
  ['1.5', 1_500],
  ['30', 30_000],
  ['Mon, 23 Nov 2026 12:00:20 GMT', 20_000],
  ['Mon, 23 Nov 2026 11:00:00 GMT', 0],
])('[ACT7] Retry-After: %s is a pause of %i ms', (retryAfter, retryAfterMs) => {
  for (const status of [429, 503, 500]) {
    expect(asProviderFailure(refused(status, { retryAfter }), NOW)).toMatchObject({ retries: true, retryAfterMs });
  }
});

const UNUSABLE = [
  'soon',
  '',
  '-5',
  '+3',
  '10 years',
  'tomorrow 5',
  '1e3',
  'NaN',
  '9'.repeat(400),
  '2026-11-23',
  'Mon, GMT',
];

test.each(UNUSABLE)('[ACT7] a Retry-After that says nothing usable (“%s”) is none', (retryAfter) => {
  const failure = asProviderFailure(refused(429, { retryAfter }), NOW);
  expect(failure).toMatchObject({ retries: true, retryAfterMs: undefined });
  expect(failure.error.message).not.toMatch(/again/);
});

test.each([
  ['31', /31 s/],
  ['600', /10 min/],
  ['86400', /24 h/],
  ['315360000', /3650 days/],
  ['Thu, 23 Nov 2034 12:00:00 GMT', /2922 days/],
  ['Mon, 23 Nov 2026 13:00:00 GMT', /60 min/],
])('[ACT7] a pause of more than 30 s (%s) is not waited for, whatever the status', (retryAfter, words) => {
  expect(RETRY_AFTER_MAX_MS).toBe(30_000);
  const limited = asProviderFailure(refused(429, { retryAfter }), NOW);
  expect(limited.retries).toBe(false);
  expect(limited.error.message).toMatch(words);
  for (const status of [409, 500, 503, 529]) {
    expect(asProviderFailure(refused(status, { retryAfter }), NOW).retries).toBe(false);
  }
});

test('a context that is too long is told as such, by whatever words', () => {
  for (const body of [
    'context_length_exceeded',
    'maximum context length is 2048',
    'exceeds the available context size',
  ]) {
    expect(codeOf(refused(400, { body }))).toBe('context_too_long');
  }
  expect(codeOf({ message: 'too many tokens', code: 'context_length_exceeded' })).toBe('context_too_long');
  expect(asProviderFailure(refused(400, { body: 'context_length_exceeded' }), NOW).retries).toBe(false);
});

test.each([
  [429, 'rate_limited'],
  ['502', 'provider_error'],
  [400, 'refused'],
  ['rate_limit_exceeded', 'rate_limited'],
  ['insufficient_quota', 'rate_limited'],
  ['overloaded_error', 'overloaded'],
  ['server_error', 'provider_error'],
  [200, 'provider_error'],
])('[ACT7] an error in the stream itself with the code %s is %s', (code, told) => {
  expect(codeOf({ message: SECRETS, type: 'error', code })).toBe(told);
});

test.each(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH'])(
  '%s, however deep, is a server that cannot be reached',
  (code) => {
    const root = Object.assign(new Error('connect'), { code });
    const nested = new TypeError('fetch failed', { cause: root });
    const both = new TypeError('fetch failed', { cause: new AggregateError([new Error('other'), root]) });
    for (const cause of [root, nested, both]) {
      expect(asProviderFailure(cause, NOW)).toMatchObject({ error: { code: 'unreachable' }, retries: true });
    }
  },
);

test.each([
  ['a reset', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })],
  ['what is no Error', { type: 'server_error', message: SECRETS }],
  ['a text', SECRETS],
  ['nothing', undefined],
  ['a broken chunk', new SyntaxError(`Unexpected end of JSON input: ${SECRETS}`)],
])('[ACT7] %s is tried again, in words of ours', (_, cause) => {
  const failure = asProviderFailure(cause, NOW);
  expect(failure).toMatchObject({ error: { code: 'provider_error' }, retries: true });
  expect(JSON.stringify(failure.error)).not.toContain('sk-live');
});

test('a failure that has its words already keeps them', () => {
  const known = new ProviderFailure({ code: 'empty_reply', message: 'Empty.' }, { retries: true });
  expect(asProviderFailure(known)).toBe(known);
});
