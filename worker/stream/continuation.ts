import type { Chunk } from '#lib/protocol/event.ts';
import type { Reply } from '#lib/protocol/reply.ts';

/** A step's text as an earlier attempt left it, in the part that is still open. */
export type Begun = { partId: string; text: string };

/**
 * What a second attempt can continue [ACT10]. Null where the step must begin again: more than text was written, its end
 * too, or nothing to go on from. White space alone would be a beginning that many templates cut off; half a surrogate
 * pair no request can carry.
 */
export function begunIn(reply: Reply, step: number): Begun | null {
  const [part, ...more] = reply.steps[step] ?? [];
  if (!part || more.length > 0 || part.type !== 'text' || part.done) return null;
  const { id, text } = part;
  return text.trim() !== '' && text.isWellFormed() ? { partId: id, text } : null;
}

/**
 * Leads a call's first text into the part that the log holds open: the SDK's ids start again with each call, and a second
 * part would be drawn as a second paragraph. Null for a chunk that the log must not have.
 */
export function leadInto(partId: string): (chunk: Chunk) => Chunk | null {
  let own: string | null = null;
  return (chunk) => {
    if (chunk.type === 'text-start' && own === null) {
      own = chunk.id;
      return null;
    }
    const isText = chunk.type === 'text-delta' || chunk.type === 'text-end';
    return isText && chunk.id === own ? { ...chunk, id: partId } : chunk;
  };
}
