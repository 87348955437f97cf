import { isOutcome } from '#lib/protocol/turn.ts';
import type { Look } from './ledger.ts';
import type { Entry } from './tables.ts';

/** What is wrong in the tables after a transaction, or null. */
type Rule = (look: Look) => string | null;

const hasEnded = (turn: Entry | undefined) => turn !== undefined && isOutcome(turn.status);

/** The turns that a transaction made, changed, ended. */
const made = ({ turns, before }: Look) => [...turns.values()].filter(({ id }) => !before.has(id));
const ended = ({ turns, before }: Look) =>
  [...turns.values()].filter((turn) => isOutcome(turn.status) && !hasEnded(before.get(turn.id)));
const begun = ({ turns, before }: Look) =>
  [...turns.values()].filter((turn) => turn.status === 'running' && before.get(turn.id)?.status === 'queued');
const changed = ({ turns, before }: Look) =>
  [...turns.values()].filter((turn) => {
    const was = before.get(turn.id);
    return !was || SAID.some((field) => was[field] !== turn[field]);
  });
/** What a turn's row says to viewers. */
const SAID = ['status', 'parent_id', 'mode', 'order', 'started_at', 'error', 'retry', 'proof'] as const;

const first = (wrong: (string | null | false)[]): string | null =>
  wrong.find((one) => one !== null && one !== false) || null;

export const rules: Record<string, Rule> = {
  'ROW1 a change takes the next rev': (look) =>
    first(
      changed(look).map(({ id, rev, conversation_id }) => {
        const now = look.conversations.get(conversation_id)!.rev;
        const was = look.conversationsBefore.get(conversation_id)?.rev ?? 0;
        return (rev <= was || rev > now) && `${id} changed, and has rev ${rev} (${was} → ${now})`;
      }),
    ),

  'ROW2 at most one turn of a conversation runs': ({ turns }) => {
    const running = [...turns.values()].filter(({ status }) => status === 'running');
    return running.length > new Set(running.map((turn) => turn.conversation_id)).size
      ? `these run: ${running.map(({ id }) => id).join(', ')}`
      : null;
  },

  'ROW3 the first outcome stands': ({ turns, before }) =>
    first(
      [...before.values()].map(
        (was) =>
          hasEnded(was) &&
          turns.has(was.id) &&
          turns.get(was.id)!.status !== was.status &&
          `${was.id} was ${was.status} and is ${turns.get(was.id)!.status}`,
      ),
    ),

  'STOP1 nothing grows after the end': ({ turns, before }) =>
    first(
      [...before.values()].map((was) => {
        const now = turns.get(was.id);
        return (
          hasEnded(was) && !!now && (now.seq !== was.seq || now.parts !== was.parts) && `${was.id} grew after its end`
        );
      }),
    ),

  'LOG1 nothing is opened after its end': ({ turns, before }) =>
    first(
      [...before.values()].map(
        (was) => hasEnded(was) && turns.has(was.id) && turns.get(was.id)!.fence !== was.fence && `${was.id} was opened`,
      ),
    ),

  'LOG1 what goes first is opened first': (look) =>
    first(
      begun(look).map((turn) => {
        const before = [...look.turns.values()].find((other) => goesBefore(other, turn, look));
        return before ? `${turn.id} (${turn.mode}) was opened before ${before.id} (${before.mode})` : null;
      }),
    ),

  'ACT8 nothing begins in a paused conversation': (look) =>
    first(begun(look).map(({ id, conversation_id }) => look.conversations.get(conversation_id)!.paused === 1 && id)),

  'SEND5 a send clears the pause': (look) =>
    first(
      made(look).map(
        (turn) => !hasEnded(turn) && look.conversations.get(turn.conversation_id)!.paused === 1 && turn.id,
      ),
    ),

  'IJ1 an interjection ends the running turn': (look) =>
    first(
      made(look).map((turn) => {
        if (turn.mode !== 'interject' || hasEnded(turn)) return null;
        const spared = [...look.turns.values()].find(
          (other) => other.conversation_id === turn.conversation_id && other.status === 'running',
        );
        return spared ? `${spared.id} runs on after ${turn.id}` : null;
      }),
    ),

  'IJ1 IJ2 interrupted only by a later interjection, and none that only waits': (look) =>
    first(
      ended(look).map((turn) => {
        if (turn.status !== 'interrupted') return null;
        const was = look.before.get(turn.id);
        const by = made(look).find((one) => one.mode === 'interject' && one.order > turn.order && !hasEnded(one));
        if (!by || by.conversation_id !== turn.conversation_id) return `${turn.id} by nobody`;
        return was?.status === 'queued' && was.mode === 'queue' ? `${turn.id} only waited` : null;
      }),
    ),

  'LOG10 ACT5 failed only by the provider or the settings': (look) =>
    first(
      ended(look).map(
        ({ id, status, error }) =>
          status === 'failed' && !look.world.provider.calls.excuses(id) && `${id} failed: ${error}`,
      ),
    ),

  'STOP1 stopped only by its user': (look) =>
    first(
      ended(look).map(({ id, status, conversation_id }) => {
        const isDeleted = (look.conversations.get(conversation_id)?.deleted_at ?? null) !== null;
        return status === 'stopped' && !isDeleted && !look.world.stops.has(id) && `${id} was not asked to stop`;
      }),
    ),

  'LOG4 LOG7 the text at the end is the whole log': (look) =>
    first(
      ended(look).map(({ id, parts, proof, seq }) => {
        const text = look.texts.get(id)?.at(-1) ?? '';
        const kept = keptText(parts);
        if (kept !== text) return `${id} keeps ${JSON.stringify(kept)} of ${JSON.stringify(text)}`;
        const proven = JSON.parse(proof ?? '{}') as { seq?: number; length?: number };
        return proven.seq === seq && proven.length === text.length
          ? null
          : `${id} has the proof ${proof} at seq ${seq}`;
      }),
    ),

  'LOG2 LOG6 a text is one attempt’s': (look) =>
    first(
      [...look.turns.values()].map(({ id, status }) =>
        look.world.provider.calls.judge(id, look.texts.get(id)?.at(-1) ?? '', status),
      ),
    ),
};

function keptText(parts: string | null): string {
  const all = JSON.parse(parts ?? '[]') as { type: string; text?: string }[];
  return all.map(({ type, text }) => (type === 'text' ? (text ?? '') : '')).join('');
}

/** SPEC's order, told again: interjections first, then as they were sent; nothing before what it stands behind. */
function goesBefore(other: Entry, turn: Entry, look: Look): boolean {
  if (other.status !== 'queued' || other.conversation_id !== turn.conversation_id || isBehindOpen(other, look)) {
    return false;
  }
  if (other.mode !== turn.mode) return other.mode === 'interject';
  return other.order < turn.order;
}

function isBehindOpen(turn: Entry, { turns }: Look): boolean {
  const parent = turn.parent_id === null ? undefined : turns.get(turn.parent_id);
  if (!parent) return false;
  if (!isOutcome(parent.status)) return true;
  return parent.started_at === null && isBehindOpen(parent, { turns } as Look);
}
