import { APICallError, InvalidResponseDataError, StreamProviderError } from 'ai';
import { ProviderFailure } from './port.ts';

/** A provider that asks for a longer pause than this is answered by ending the turn: nobody waits at a page for so long. */
export const RETRY_AFTER_MAX_MS = 30_000;

/** Says in our words what a provider did wrong [ACT7]. A provider's own text may hold a key, a stack or HTML: none of it goes on. */
export function asProviderFailure(cause: unknown, now = Date.now()): ProviderFailure {
  // One of ours may come wrapped: the SDK reads an answer that we have given up.
  for (const each of causesOf(cause)) if (each instanceof ProviderFailure) return each;
  const status = statusOf(cause);
  if (status !== undefined && status >= 300) return fromStatus(status, cause, now);
  if (hasCode(cause, UNREACHABLE_CODES)) {
    return again(
      'unreachable',
      'The model’s server cannot be reached. Is it running, and is its address right?',
      cause,
    );
  }
  if (isRedirect(cause)) {
    return final(
      'redirected',
      'The model’s server sent the request elsewhere. Set OPENAI_BASE_URL to its final address.',
      cause,
    );
  }
  if (saysContextTooLong(textOf(cause))) return contextTooLong(cause);
  // One that ended without a reason: a page of HTML in its place is none either.
  const code = InvalidResponseDataError.isInstance(cause) ? 'cut_off' : 'provider_error';
  return again(code, 'The model’s server broke off its answer.', cause);
}

/** Of a refused call; of an error in the stream itself, where the SDK reads one, or its code is one or says one in a word. */
function statusOf(cause: unknown): number | undefined {
  const isRead = APICallError.isInstance(cause) || StreamProviderError.isInstance(cause);
  if (isRead && cause.statusCode !== undefined) return cause.statusCode;
  if (typeof cause !== 'object' || cause === null || !('code' in cause)) return undefined;
  const { code } = cause;
  if (/^[45]\d\d$/.test(String(code))) return Number(code);
  return IN_WORDS.find(([word]) => word.test(String(code)))?.[1];
}

const IN_WORDS = [
  [/rate_?limit|quota/i, 429],
  [/overload/i, 503],
] as const;

function fromStatus(status: number, cause: unknown, now: number): ProviderFailure {
  if ((status === 400 || status === 413) && saysContextTooLong(textOf(cause))) return contextTooLong(cause);
  switch (status) {
    case 401:
      return final(
        'wrong_key',
        'The model’s server refused the API key. Check OPENAI_API_KEY, then start Parley again.',
        cause,
        true,
      );
    case 403:
      return final('forbidden', 'The model’s server does not allow this key to use the model.', cause, true);
    case 404:
      return final(
        'model_not_found',
        'The model’s server does not know this model. Check OPENAI_MODEL and OPENAI_BASE_URL.',
        cause,
      );
    case 408:
      return again('timeout', 'The model’s server took too long.', cause);
    case 413:
      return final(
        'request_too_large',
        'The model’s server refused the conversation as too large. Start a new one.',
        cause,
      );
    case 429:
      return again('rate_limited', 'The model’s server limits how often it answers.', cause, retryAfterMs(cause, now));
    case 529:
    case 503:
      return again('overloaded', 'The model’s server is overloaded.', cause, retryAfterMs(cause, now));
  }
  if (status >= 300 && status < 400) {
    return final(
      'redirected',
      'The model’s server sent the request elsewhere. Set OPENAI_BASE_URL to its final address.',
      cause,
    );
  }
  if (status === 409 || status >= 500) {
    return again('provider_error', `The model’s server failed (HTTP ${status}).`, cause, retryAfterMs(cause, now));
  }
  return final('refused', `The model’s server refused the request (HTTP ${status}).`, cause);
}

function again(code: string, message: string, cause: unknown, wait?: number): ProviderFailure {
  if (wait === undefined) return new ProviderFailure({ code, message }, { retries: true, cause });
  const said = `${message} Try again in ${inWords(wait)}.`;
  if (wait > RETRY_AFTER_MAX_MS) return final(code, said, cause);
  return new ProviderFailure({ code, message: said }, { retries: true, retryAfterMs: wait, cause });
}

const final = (code: string, message: string, cause: unknown, pauses = false) =>
  new ProviderFailure({ code, message }, { pauses, cause });

const contextTooLong = (cause: unknown) =>
  final(
    'context_too_long',
    'The conversation is too long for this model. Start a new one, or send a shorter message.',
    cause,
  );

/** `Retry-After` in seconds or as a date (RFC 9110, 10.2.3); undefined where it says nothing usable. */
function retryAfterMs(cause: unknown, now: number): number | undefined {
  const header = APICallError.isInstance(cause) ? cause.responseHeaders?.['retry-after'] : undefined;
  if (header === undefined) return undefined;
  const wait = /^\s*\d+(\.\d+)?\s*$/.test(header) ? Number(header) * 1_000 : dateOf(header) - now;
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined;
}

/** Only what is an HTTP date: `Date.parse` also finds one in “-5”, long past, and the next try would come at once. */
const dateOf = (header: string) => (/^\s*[A-Z][a-z]{2,8}, .+ GMT\s*$/.test(header) ? Date.parse(header) : NaN);

function inWords(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.ceil(seconds / 60)} min`;
  return seconds < 48 * 3_600 ? `${Math.ceil(seconds / 3_600)} h` : `${Math.ceil(seconds / 86_400)} days`;
}

const UNREACHABLE_CODES = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function* causesOf(error: unknown): Generator<Error> {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    yield cause;
    if (cause instanceof AggregateError) for (const inner of cause.errors) if (inner instanceof Error) yield inner;
  }
}

const hasCode = (error: unknown, codes: ReadonlySet<string>) =>
  [...causesOf(error)].some((cause) => 'code' in cause && typeof cause.code === 'string' && codes.has(cause.code));

/** undici's word for a redirect met with `redirect: 'error'`. */
const isRedirect = (error: unknown) => [...causesOf(error)].some((cause) => /unexpected redirect/i.test(cause.message));

function textOf(error: unknown): string {
  if (APICallError.isInstance(error)) return `${error.message} ${error.responseBody ?? ''}`;
  if (StreamProviderError.isInstance(error)) return `${error.message} ${error.code ?? ''}`;
  return error instanceof Error ? error.message : (JSON.stringify(error) ?? '');
}

const saysContextTooLong = (text: string) =>
  /context_length_exceeded|maximum context length|context (window|length|size)|too many tokens|exceeds the available context/i.test(
    text,
  );
