import type { Mode, Status } from '#lib/protocol/turn.ts';

/** Times are milliseconds since 1970; JSON columns are text, written and read in rows.ts alone; booleans are 0 and 1. */
export type Schema = {
  conversation: {
    id: string;
    title: string;
    /** Counts the conversation's changes; the row's lock makes commit order equal rev order [ROW1]. */
    rev: number;
    head: string | null;
    paused: number;
    /** JSON of model, instructions and temperature, where the user has chosen them [SET1]. */
    settings: string;
    next_order: number;
    list_rev: number;
    created_at: number;
    updated_at: number;
    deleted_at: number | null;
    erased_at: number | null;
  };
  /** One row: the revision of the list of conversations. */
  conversation_list: { id: number; rev: number };
  turn: {
    id: string;
    conversation_id: string;
    parent_id: string | null;
    order: number;
    mode: Mode;
    prompt: string;
    /** What the POST said, where the prompt was changed since: what the same POST is compared with [SEND2] [WAIT2]. */
    sent_prompt: string | null;
    /** JSON of the fields of the POST that the server may change: what the same POST is compared with [SEND2]. */
    request: string;
    status: Status;
    /** JSON of the reply's folded beginning, while the turn is not ended. */
    folded: string | null;
    /** The last event in `folded`: a look at it alone spares parsing the text at each append. */
    folded_seq: number;
    /** JSON of the AI SDK's parts, once it is. */
    parts: string | null;
    seq: number;
    proof: string | null;
    error: string | null;
    retry: string | null;
    model: string | null;
    usage: string | null;
    omitted_turns: number;
    created_at: number;
    started_at: number | null;
    /** When the first delta was stored, of any part and of a text part. */
    first_token_at: number | null;
    first_text_at: number | null;
    ended_at: number | null;
    rev: number;
    /** JSON: ids of the turns that this interjection ended. */
    ended_turns: string;
    /** JSON of the attempt that may append [LOG2]. */
    fence: string | null;
    alive_at: number;
    tries: number;
    try_step: number | null;
    try_call: string | null;
    /** JSON: the tool-call ids of each step that ended, by step [LOG1]. */
    steps_done: string;
    /** Of the attempt that holds the turn, so that the next worker can fail a dead one's [WRK2]. */
    task_token: string | null;
    owner: string | null;
    /** When the outbox signals the turn (again); `signals` counts the ones Temporal took [OB1]. */
    signal_due_at: number;
    signalled_at: number | null;
    signals: number;
    /** The workflow has not been told yet that the turn was stopped [OB3]. */
    stop_due: number;
  };
  event: { turn_id: string; seq: number; event: string };
  /** A Stop that came before its turn [STOP4]. */
  tombstone: { turn_id: string; conversation_id: string; created_at: number };
};

export type TurnRecord = Schema['turn'];
export type ConversationRecord = Schema['conversation'];
