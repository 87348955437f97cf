import type { Chunk } from '#lib/protocol/event.ts';
import { LIMITS } from '#lib/protocol/limits.ts';
import type { Reply } from '#lib/protocol/reply.ts';
import type { Usage } from '#lib/protocol/turn.ts';
import { contextFor } from '../model/context.ts';
import { ProviderFailure } from '../model/port.ts';
import { begunIn, leadInto } from './continuation.ts';
import type { LiveStream, StreamDeps } from './live-stream.ts';

export type CallDeps = Pick<StreamDeps, 'store' | 'model' | 'feed'>;

export type Call = {
  stream: LiveStream;
  /** The reply as earlier attempts left it. */
  before: Reply;
  add: (chunk: Chunk) => void;
  signal: AbortSignal;
};

/** One model call, from context to usage; null when it was aborted. Throws `ProviderFailure`. */
export async function callModel({ store, model, feed }: CallDeps, call: Call): Promise<Usage | null> {
  const { stream, before, signal } = call;
  const { conversationId, turnId, step } = stream;
  await model.ready(signal);
  const turn = await store.turn(turnId);
  if (!turn || signal.aborted) return null;
  const begun = model.continues ? begunIn(before, step) : null;
  const settings = await store.settings(conversationId);
  const { messages, cutBefore, begunTokens } = await contextFor({
    prompt: turn.prompt,
    instructions: settings.instructions ?? '',
    begun: begun?.text ?? '',
    before: store.turnsBefore(turnId),
    model,
  });
  if (cutBefore !== null) {
    await store.log.noteOmitted(turnId, stream.fence, await store.lineLength(conversationId, cutBefore));
    feed.emit('changed', conversationId);
  }
  const chunks = model.stream(messages, signal, settings);
  if (begun && begunTokens > 0) {
    stream.log.info({ length: begun.text.length }, 'the step is continued where its text ends; viewers see it go on');
    const usage = await write(call, continuing(chunks, begun.partId), begun.text.length);
    return usage && withBegun(usage, begunTokens);
  }
  begin(call);
  return write(call, chunks, 0);
}

/** A second attempt begins the step again, before everyone's eyes; the log says whether there was a first [LOG6]. */
function begin({ stream, before, add }: Call): void {
  if (before.steps.length > stream.step) {
    stream.log.info('the step begins again; what the attempt before it wrote is dropped');
    add({ type: 'reset-step' });
  } else {
    stream.log.info('the model is asked');
    add({ type: 'start-step' });
  }
}

type Chunks = AsyncGenerator<Chunk, Usage | null>;

/** Writes the chunks as they come, up to the limits of one reply [ACT9]; `length` is that of the text already there. */
async function write({ add }: Call, chunks: Chunks, length: number): Promise<Usage | null> {
  const endsAt = performance.now() + LIMITS.replyMs;
  for (;;) {
    const next = await chunks.next();
    if (next.done) return next.value;
    const chunk = 'delta' in next.value ? cutAt(LIMITS.replyLength - length, next.value) : next.value;
    add(chunk);
    if ('delta' in chunk) length += chunk.delta.length;
    if (chunk !== next.value || performance.now() > endsAt) {
      throw new ProviderFailure({
        code: 'reply_too_long',
        message: 'The reply was cut here: it reached Parley’s limit for one reply.',
      });
    }
  }
}

/** The same chunk where its text has room, else one with as much of it as has; half a surrogate pair has none. */
function cutAt<T extends { delta: string }>(room: number, chunk: T): T {
  if (chunk.delta.length <= room) return chunk;
  const cut = chunk.delta.slice(0, room);
  return { ...chunk, delta: cut.isWellFormed() ? cut : cut.slice(0, -1) };
}

async function* continuing(chunks: Chunks, partId: string): Chunks {
  const lead = leadInto(partId);
  for (;;) {
    const next = await chunks.next();
    if (next.done) return next.value;
    const chunk = lead(next.value);
    if (chunk) yield chunk;
  }
}

/** The provider read the begun text as input; in the turn's usage it counts as what it is, output [ACT11]. */
function withBegun({ inputTokens, outputTokens }: Usage, begunTokens: number): Usage {
  // Where the tokens are an estimate, the sum is still the provider's own.
  const moved = Math.min(begunTokens, inputTokens ?? begunTokens);
  return {
    inputTokens: inputTokens === null ? null : inputTokens - moved,
    outputTokens: outputTokens === null ? null : outputTokens + moved,
  };
}
