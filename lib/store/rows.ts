import type { Fence } from '#lib/protocol/fence.ts';
import { EMPTY_REPLY, partsOf, textOf, type Reply } from '#lib/protocol/reply.ts';
import type {
  ConversationRow,
  ConversationSummary,
  Part,
  Proof,
  Retry,
  Settings,
  Turn,
  TurnError,
  TurnRow,
  Usage,
} from '#lib/protocol/turn.ts';
import type { ConversationRecord, TurnRecord } from './schema.ts';

const json = <T>(text: string | null): T | null => (text === null ? null : (JSON.parse(text) as T));
const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());

export const fenceOf = (record: Pick<TurnRecord, 'fence'>): Fence | null => json<Fence>(record.fence);
/** Always the same text for the same fence, so that the database can compare it. */
export const fenceText = ({ runId, runStartedAt, step, activity, attempt }: Fence): string =>
  JSON.stringify({ runId, runStartedAt, step, activity, attempt });
/** Folded by an earlier version, a reply may lack what this one has in it. */
export const foldedOf = (record: Pick<TurnRecord, 'folded'>): Reply => ({
  ...EMPTY_REPLY,
  ...json<Partial<Reply>>(record.folded),
});
export const partsIn = (record: Pick<TurnRecord, 'parts'>): Part[] => json<Part[]>(record.parts) ?? [];
export const endedTurnsOf = (record: Pick<TurnRecord, 'ended_turns'>): string[] =>
  JSON.parse(record.ended_turns) as string[];
export const stepsDoneOf = (record: Pick<TurnRecord, 'steps_done'>): Record<number, string[]> =>
  JSON.parse(record.steps_done) as Record<number, string[]>;

export const settingsOf = (record: Pick<ConversationRecord, 'settings'>): Settings =>
  JSON.parse(record.settings) as Settings;

type Summed = Pick<ConversationRecord, 'id' | 'title' | 'updated_at' | 'list_rev'>;

export const summaryOf = (record: Summed): ConversationSummary => ({
  id: record.id,
  title: record.title,
  updatedAt: new Date(record.updated_at).toISOString(),
  listRev: record.list_rev,
});

/** Columns of a turn that travel when it changes: without its words. */
export const ROW_COLUMNS = [
  'id',
  'conversation_id',
  'parent_id',
  'order',
  'mode',
  'prompt',
  'status',
  'error',
  'retry',
  'model',
  'usage',
  'omitted_turns',
  'created_at',
  'started_at',
  'first_token_at',
  'first_text_at',
  'ended_at',
  'rev',
  'proof',
] as const;

export function turnRow(record: Pick<TurnRecord, (typeof ROW_COLUMNS)[number]>): TurnRow {
  return {
    id: record.id,
    conversationId: record.conversation_id,
    parentId: record.parent_id,
    order: record.order,
    mode: record.mode,
    prompt: record.prompt,
    status: record.status,
    error: json<TurnError>(record.error),
    retry: json<Retry>(record.retry),
    model: record.model,
    usage: json<Usage>(record.usage),
    omittedTurns: record.omitted_turns,
    createdAt: new Date(record.created_at).toISOString(),
    startedAt: iso(record.started_at),
    firstTokenAt: iso(record.first_token_at),
    firstTextAt: iso(record.first_text_at),
    endedAt: iso(record.ended_at),
    rev: record.rev,
    proof: json<Proof>(record.proof),
  };
}

/** `live` is the reply so far of a turn that has no outcome yet. */
export function turnOf(record: TurnRecord, live?: Reply): Turn {
  const parts = live ? partsOf(live, 'open') : partsIn(record);
  return { ...turnRow(record), reply: textOf(parts), parts };
}

export function conversationRow(record: ConversationRecord): ConversationRow {
  return {
    id: record.id,
    title: record.title,
    rev: record.rev,
    head: record.head,
    paused: record.paused === 1,
    settings: settingsOf(record),
    deleted: record.deleted_at !== null,
  };
}
