import type { Health } from '#lib/protocol/message.ts';
import type { Page } from '#lib/protocol/reduce.ts';
import type { ConversationRow, ConversationSummary, Mode, Settings, Turn } from '#lib/protocol/turn.ts';

/** A call that was not answered as hoped. `status` 0: no answer at all. */
export type Refused = { ok: false; status: number; code: string; message: string };
export type Answered<T> = { ok: true; value: T } | Refused;

export type TurnToSend = {
  id: string;
  conversationId: string;
  prompt: string;
  mode: Mode;
  parentId?: string | null;
  settings?: Settings;
};

/** Far above what a call needs: only a server that hangs is given up. */
const DEADLINE_MS = 15_000;

/** Another try may well be answered otherwise: nothing was wrong with the request itself. */
export const isPassing = ({ status }: Refused): boolean =>
  status === 0 || status === 408 || status === 429 || status >= 500;

/** What the endpoint offers, and what it answers with where nothing is chosen. */
export type Models = { models: { id: string }[]; default: string | null };

/** Null takes one back to its default. */
export type SettingsChange = { [K in keyof Settings]?: Settings[K] | null };

/** One change of a turn that waits: its words, its place (`null`: last), or that it is said now. */
export type TurnChange = { prompt: string } | { before: string | null } | { mode: 'interject' };

export type Api = typeof api;

/** The commands and reads of the HTTP API (app/api). No call throws: refusals and lost connections are values. */
export const api = {
  conversations: async (): Promise<Answered<ConversationSummary[]>> =>
    pick(await call<{ conversations: ConversationSummary[] }>('GET', 'conversations'), (body) => body.conversations),

  page: async (id: string, before?: string): Promise<Answered<Page>> =>
    pick(await call<PageBody>('GET', `conversations/${id}${before === undefined ? '' : `?before=${before}`}`), pageOf),

  send: ({ conversationId, ...turn }: TurnToSend): Promise<Answered<Turn & { ended: string[] }>> =>
    call('POST', `conversations/${conversationId}/turns`, turn),

  stop: (conversationId: string, turnId: string): Promise<Answered<Turn>> =>
    call('POST', `conversations/${conversationId}/turns/${turnId}/stop`),

  findTurn: (conversationId: string, turnId: string): Promise<Answered<{ isInLine: boolean }>> =>
    call('GET', `conversations/${conversationId}/turns/${turnId}`),

  changeTurn: (conversationId: string, turnId: string, change: TurnChange): Promise<Answered<Turn>> =>
    call('PATCH', `conversations/${conversationId}/turns/${turnId}`, change),

  changeConversation: (
    id: string,
    change: { head: string } | { settings: SettingsChange },
  ): Promise<Answered<unknown>> => call('PATCH', `conversations/${id}`, change),

  models: (): Promise<Answered<Models>> => call('GET', 'models'),

  delete: (id: string): Promise<Answered<null>> => call('DELETE', `conversations/${id}`),

  restore: (id: string): Promise<Answered<unknown>> => call('POST', `conversations/${id}/restore`),

  /** 503 says which part is away, in the same shape. */
  health: (): Promise<Answered<Health>> => call('GET', 'health', undefined, (status) => status === 503),
};

type PageBody = Omit<ConversationRow, 'deleted'> & Omit<Page, 'conversation'>;

const pageOf = ({ hasMore, branches, turns, ...conversation }: PageBody): Page => ({
  conversation: { ...conversation, deleted: false },
  turns,
  hasMore,
  branches,
});

function pick<A, B>(answered: Answered<A>, of: (value: A) => B): Answered<B> {
  return answered.ok ? { ok: true, value: of(answered.value) } : answered;
}

async function call<T>(
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  body?: object,
  isAnswer: (status: number) => boolean = () => false,
): Promise<Answered<T>> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(`/api/${path}`, {
      method,
      signal: AbortSignal.timeout(DEADLINE_MS),
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    text = await response.text();
  } catch {
    // No network, a server that is away or that cut its answer short, or the deadline: all are tried again.
    return { ok: false, status: 0, code: 'unreachable', message: 'The server cannot be reached.' };
  }
  const { ok, status } = response;
  const parsed = status === 204 ? null : parse(text);
  const refusal = refusalIn(parsed);
  if ((ok || isAnswer(status)) && parsed !== undefined && !refusal) return { ok: true, value: parsed as T };
  if (ok) return { ok: false, status: 0, code: 'unreadable', message: NOT_OURS };
  return { ok: false, status, ...(refusal ?? { code: 'unreadable', message: `The server answered with ${status}.` }) };
}

/** Of a proxy, say, whose sign-in has lapsed. */
const NOT_OURS = 'What answered is not Parley. Load the page again.';

/** Undefined for what is no JSON: nothing, or a page of HTML in the server's place. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refusalIn(body: unknown): { code: string; message: string } | null {
  if (typeof body !== 'object' || body === null || !('error' in body)) return null;
  const { error } = body as { error: { code?: unknown; message?: unknown } };
  return typeof error?.code === 'string' && typeof error.message === 'string'
    ? { code: error.code, message: error.message }
    : null;
}
