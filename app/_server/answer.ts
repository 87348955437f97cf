import type { Refusal } from '#lib/protocol/message.ts';

/** What a verb says to an HTTP call; `respond` makes a Response of it. */
export type Answer = { status: number; body?: unknown; headers?: Record<string, string> };

/** Every refusal of the API, and its status. */
const REFUSALS = {
  invalid_id: 400,
  invalid_query: 400,
  invalid_body: 400,
  invalid_json: 400,
  invalid_utf8: 400,
  bad_parent: 400,
  bad_head: 400,
  bad_place: 400,
  foreign_origin: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  not_waiting: 409,
  deleted: 410,
  body_too_large: 413,
  prompt_too_long: 413,
  unsupported_media_type: 415,
  unknown_host: 421,
  too_many_waiting: 429,
  internal: 500,
  models_unknown: 503,
  store_unavailable: 503,
} as const;
export type RefusalCode = keyof typeof REFUSALS;

/** The message is for a person: a sentence, without anything of our insides. */
export const refusal = (code: RefusalCode, message: string, headers: Record<string, string> = {}): Answer => ({
  status: REFUSALS[code],
  body: { error: { code, message } } satisfies Refusal,
  headers,
});

export function toResponse({ status, body, headers }: Answer): Response {
  const all = { 'cache-control': 'no-store', ...headers };
  return body === undefined
    ? new Response(null, { status, headers: all })
    : Response.json(body, { status, headers: all });
}
