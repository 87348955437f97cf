import type { UIMessageChunk } from 'ai';

/** The part of the AI SDK's vocabulary that a turn's log may hold. */
export type Chunk = Extract<
  UIMessageChunk,
  {
    type:
      | 'start-step'
      | 'finish-step'
      | 'reset-step'
      | 'text-start'
      | 'text-delta'
      | 'text-end'
      | 'reasoning-start'
      | 'reasoning-delta'
      | 'reasoning-end';
  }
>;

/**
 * One entry of a turn's live log. Its `seq` (dense from 1 over the whole turn) is its place, not a field.
 * The envelope carries what the SDK's chunk does not: the step, and at a step's end the ids of its tool calls.
 */
export type TurnEvent = { step: number; chunk: Chunk; toolCalls?: string[] };

/** Events `from`…`to` of a turn; merged text may make `events` shorter than the range. */
export type EventRange = { turnId: string; from: number; to: number; events: TurnEvent[] };

const isDelta = (chunk: Chunk): chunk is Extract<Chunk, { delta: string; id: string }> =>
  chunk.type === 'text-delta' || chunk.type === 'reasoning-delta';

/** Joins neighbouring deltas of the same part; the text they make is unchanged. */
export function joinDeltas(events: readonly TurnEvent[]): TurnEvent[] {
  const joined: TurnEvent[] = [];
  for (const event of events) {
    const last = joined.at(-1);
    if (
      last &&
      last.step === event.step &&
      isDelta(last.chunk) &&
      isDelta(event.chunk) &&
      last.chunk.type === event.chunk.type &&
      last.chunk.id === event.chunk.id
    ) {
      joined[joined.length - 1] = { ...last, chunk: { ...last.chunk, delta: last.chunk.delta + event.chunk.delta } };
    } else {
      joined.push(event);
    }
  }
  return joined;
}
