import type { LanguageModelMiddleware } from 'ai';

const OPENING = '<think>';
const CLOSING = '</think>';
/** A model that writes blanks for ever is not waited for. */
const HELD_MAX = 100;

type Streamed = Awaited<ReturnType<NonNullable<LanguageModelMiddleware['wrapStream']>>>['stream'];
type Part = Streamed extends ReadableStream<infer P> ? P : never;

/**
 * A server that does not part what a model thinks from what it answers leaves it at the text's beginning, in tags [MOD5].
 * The SDK's `extractReasoningMiddleware` takes each such tag for a thought: also those of an answer that is about them.
 */
export const thoughtsApart: LanguageModelMiddleware = {
  async wrapStream({ doStream, params }) {
    const { stream, ...rest } = await doStream();
    // What goes on with a begun reply is no beginning.
    const isBegun = params.prompt.at(-1)?.role === 'assistant';
    return { ...rest, stream: isBegun ? stream : stream.pipeThrough(new TransformStream(reparting())) };
  },
};

/** Makes parts of their own of the thoughts; a part starts with its first word. */
function reparting(): Transformer<Part, Part> {
  const parting = createParting();
  let start: Part | null = null;
  let thinks: string | null = null;

  return {
    transform(part, out) {
      switch (part.type) {
        case 'text-start':
          start = part;
          break;
        case 'text-delta':
          tell(parting.grow(part.delta));
          break;
        case 'text-end':
          tell(parting.end());
          endThought();
          if (!start) out.enqueue(part);
          break;
        default:
          out.enqueue(part);
      }

      function tell({ thought, text }: Parted): void {
        if (!('id' in part)) return;
        if (thought !== '') {
          if (thinks === null) out.enqueue({ type: 'reasoning-start', id: (thinks = part.id) });
          out.enqueue({ type: 'reasoning-delta', id: thinks, delta: thought });
        }
        if (text === '') return;
        endThought();
        if (start) out.enqueue(start);
        start = null;
        out.enqueue({ type: 'text-delta', id: part.id, delta: text });
      }

      function endThought(): void {
        if (thinks !== null) out.enqueue({ type: 'reasoning-end', id: thinks });
        thinks = null;
      }
    },
  };
}

type Parted = { thought: string; text: string };

/** Of a text that grows: what of the new is thought and what is answer. What may be a part of a tag is held back. */
export function createParting() {
  let phase: 'beginning' | 'thought' | 'gap' | 'answer' = 'beginning';
  let held = '';
  let isBlank = true;

  return {
    grow(delta: string): Parted {
      if (phase === 'answer') return { thought: '', text: delta };
      held += delta;
      let thought = '';
      if (phase === 'beginning') {
        const begun = held.trimStart();
        const mayBegin = begun.length < OPENING.length && OPENING.startsWith(begun);
        if (mayBegin && held.length < HELD_MAX) return { thought, text: '' };
        if (begun.startsWith(OPENING)) {
          phase = 'thought';
          held = begun.slice(OPENING.length);
        }
      }
      if (phase === 'thought') {
        const end = held.indexOf(CLOSING);
        const to = end === -1 ? held.length - lengthOfBegunTag(held) : end;
        thought = isBlank ? held.slice(0, to).trimStart() : held.slice(0, to);
        isBlank &&= thought === '';
        held = held.slice(to);
        if (end === -1) return { thought, text: '' };
        phase = 'gap';
        held = held.slice(CLOSING.length);
      }
      const text = phase === 'gap' ? held.trimStart() : held;
      held = '';
      if (text !== '') phase = 'answer';
      return { thought, text };
    },
    /** What was held back. */
    end(): Parted {
      const parted = { thought: phase === 'thought' ? held : '', text: phase === 'beginning' ? held : '' };
      phase = 'answer';
      held = '';
      return parted;
    },
  };
}

function lengthOfBegunTag(text: string): number {
  for (let length = Math.min(text.length, CLOSING.length - 1); length > 0; length--) {
    if (CLOSING.startsWith(text.slice(-length))) return length;
  }
  return 0;
}
