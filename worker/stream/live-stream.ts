import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Chunk } from '#lib/protocol/event.ts';
import { isSameFence, type Fence } from '#lib/protocol/fence.ts';
import { LIMITS } from '#lib/protocol/limits.ts';
import type { Reply } from '#lib/protocol/reply.ts';
import type { Outcome } from '#lib/protocol/turn.ts';
import type { Store } from '#lib/store/store.ts';
import { contextFor } from '../model/context.ts';
import { ProviderFailure, type Model } from '../model/port.ts';

import type { Feed } from './feed.ts';
import { createTurnWriter } from './turn-writer.ts';

/** The pause after a provider's failure that names none; three tries are too few for it to grow. */
const RETRY_MS = 1_000;
const STORE_AGAIN_MS = 100;

export type StreamResult =
  | { kind: 'ended'; outcome: Outcome }
  /** A provider's failure; the row counts it, Temporal tries again. `dueAt` is by `performance.now()`, which nobody sets [CLK2]. */
  | { kind: 'again'; code: string; dueAt: number }
  | { kind: 'fenced' }
  | { kind: 'aborted' };

/** A model call in this process, and the writing of its reply. It outlives the attempt that began it [ACT6]. */
export type LiveStream = {
  conversationId: string;
  turnId: string;
  step: number;
  /** In force; an adopter sets its own. */
  fence: Fence;
  /** Attempts that mean to adopt: while there is one, a `fenced` answer is waited out. */
  claims: number;
  isOver: boolean;
  /** Closes the provider's socket and writes nothing more; `outcome` is the turn's, where it is known to have ended. */
  abort: (outcome?: Outcome) => void;
  result: Promise<StreamResult>;
};

export type StreamDeps = { store: Store; model: Model; feed: Feed; log: Logger };
export type StreamStart = { conversationId: string; turnId: string; step: number; fence: Fence; reply: Reply };

export function startLiveStream(deps: StreamDeps, start: StreamStart): LiveStream {
  const controller = new AbortController();
  let known: Outcome | undefined;
  const stream: LiveStream = {
    conversationId: start.conversationId,
    turnId: start.turnId,
    step: start.step,
    fence: start.fence,
    claims: 0,
    isOver: false,
    abort(outcome) {
      known = outcome;
      controller.abort();
    },
    result: Promise.resolve({ kind: 'aborted' }),
  };
  stream.result = run(deps, stream, start.reply, controller)
    .then((result) => (result.kind === 'aborted' && known ? { kind: 'ended' as const, outcome: known } : result))
    .finally(() => {
      stream.isOver = true;
      controller.abort(); // whatever ended it, the provider's socket is closed
    });
  return stream;
}

async function run(
  deps: StreamDeps,
  stream: LiveStream,
  before: Reply,
  controller: AbortController,
): Promise<StreamResult> {
  const { store, feed, log } = deps;
  const { conversationId, turnId, step } = stream;
  const writer = createTurnWriter({
    turnId,
    seq: before.seq + 1,
    fence: () => stream.fence,
    isClaimed: () => stream.claims > 0,
    append: store.log.append,
    onAppended: (range) => feed.emit('appended', conversationId, { turnId, ...range }),
    onTrouble: (error) =>
      log.error({ turnId, step, error: String(error) }, 'the store takes no events now; they are kept and sent again'),
    signal: controller.signal,
  });
  // A second attempt begins the step again, before everyone's eyes; the log says whether there was a first [LOG6].
  const hasEvents = before.steps.length > step;
  writer.add({ step, chunk: { type: hasEvents ? 'reset-step' : 'start-step' } });
  if (hasEvents) log.info({ turnId, step }, 'step begins again; what the attempt before it wrote is dropped');

  const called = callModel(deps, stream, (chunk) => writer.add({ step, chunk }), controller.signal).then(
    (usage) => {
      if (!usage) return null; // aborted
      writer.add({ step, chunk: { type: 'finish-step' }, toolCalls: [] });
      writer.complete(usage);
      return null;
    },
    (cause: unknown) => cause,
  );
  const cause = await Promise.race([called, writer.ended.then(() => null)]);
  if (cause !== null) {
    await writer.flushed(); // what came before the failure is kept
    if (cause instanceof ProviderFailure) return report(deps, stream, cause);
    // The store, or a bug of ours: no provider's fault, so it counts as no try [LOG10].
    log.error({ turnId, step, err: cause }, 'the step broke; it begins again');
    return { kind: 'aborted' };
  }
  const written = await writer.ended;
  switch (written.kind) {
    case 'completed':
      feed.emit('changed', conversationId);
      return { kind: 'ended', outcome: 'completed' };
    case 'ended':
    case 'fenced':
    case 'aborted':
      return written;
  }
}

/** The call itself; null when it was aborted. Throws `ProviderFailure`. */
async function callModel(
  { store, model, feed }: StreamDeps,
  stream: LiveStream,
  add: (chunk: Chunk) => void,
  signal: AbortSignal,
) {
  const { conversationId, turnId } = stream;
  await model.ready(signal);
  const turn = await store.turn(turnId);
  if (!turn || signal.aborted) return null;
  const { messages, cutBefore } = await contextFor(turn.prompt, store.turnsBefore(turnId), model);
  if (cutBefore !== null) {
    await store.log.noteOmitted(turnId, stream.fence, await store.lineLength(cutBefore));
    feed.emit('changed', conversationId);
  }
  const chunks = model.stream(messages, signal);
  const endsAt = performance.now() + LIMITS.replyMs;
  let length = 0;
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

/** Counts the failure in the turn's row, which decides whether there is another try [LOG10]. */
async function report(
  { store, feed, log }: StreamDeps,
  stream: LiveStream,
  failure: ProviderFailure,
): Promise<StreamResult> {
  const { conversationId, turnId, step } = stream;
  const callId = randomUUID();
  const pauseMs = failure.retryAfterMs ?? RETRY_MS;
  const dueAt = performance.now() + pauseMs;
  const retryAt = failure.retries ? store.now() + pauseMs : undefined;
  for (;;) {
    const { fence } = stream;
    try {
      const answer = await store.log.fail({
        turnId,
        step,
        fence,
        callId,
        error: failure.error,
        ...(retryAt !== undefined && { retryAt }),
        pauses: failure.pauses,
      });
      feed.emit('changed', conversationId);
      if (answer.kind === 'again') {
        log.warn(
          { turnId, step, tries: answer.tries, code: failure.error.code },
          'model call failed; it is tried again',
        );
        return { kind: 'again', code: failure.error.code, dueAt };
      }
      if (answer.kind === 'ended') {
        log.warn(
          { turnId, step, code: failure.error.code, outcome: answer.outcome },
          'model call failed; the turn has ended',
        );
        return answer;
      }
      if (stream.claims === 0 && isSameFence(fence, stream.fence)) return { kind: 'fenced' };
    } catch (error) {
      log.error({ turnId, step, error: String(error) }, 'the store takes no writes now; the failure is reported again');
    }
    await pause(STORE_AGAIN_MS);
  }
}
