import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { isSameFence, type Fence } from '#lib/protocol/fence.ts';
import type { Reply } from '#lib/protocol/reply.ts';
import type { Outcome } from '#lib/protocol/turn.ts';
import type { Store } from '#lib/store/store.ts';
import { ProviderFailure, type Model } from '../model/port.ts';
import type { Feed } from './feed.ts';
import { callModel } from './model-call.ts';
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
  /** In force, and the log of the attempt that waits for the stream: an adopter sets its own. */
  fence: Fence;
  log: Logger;
  /** Attempts that mean to adopt: while there is one, a `fenced` answer is waited out. */
  claims: number;
  isOver: boolean;
  /** Closes the provider's socket and writes nothing more; `outcome` is the turn's, where it is known to have ended. */
  abort: (outcome?: Outcome) => void;
  result: Promise<StreamResult>;
};

export type StreamDeps = { store: Store; model: Model; feed: Feed };
export type StreamStart = Pick<LiveStream, 'conversationId' | 'turnId' | 'step' | 'fence' | 'log'> & { reply: Reply };

export function startLiveStream(deps: StreamDeps, start: StreamStart): LiveStream {
  const controller = new AbortController();
  let known: Outcome | undefined;
  const stream: LiveStream = {
    conversationId: start.conversationId,
    turnId: start.turnId,
    step: start.step,
    fence: start.fence,
    log: start.log,
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
    .then((result) => told(stream.log, result))
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
  const { store, feed } = deps;
  const { conversationId, turnId, step } = stream;
  const writer = createTurnWriter({
    turnId,
    seq: before.seq + 1,
    fence: () => stream.fence,
    isClaimed: () => stream.claims > 0,
    append: store.log.append,
    onAppended: (range) => feed.emit('appended', conversationId, { turnId, ...range }),
    onTrouble: (error) =>
      stream.log.error({ error: String(error) }, 'the store takes no events now; they are kept and sent again'),
    signal: controller.signal,
  });

  const { signal } = controller;
  const called = callModel(deps, { stream, before, add: (chunk) => writer.add({ step, chunk }), signal }).then(
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
    stream.log.error({ err: cause }, 'the step broke; it is tried again');
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

/** Counts the failure in the turn's row, which decides whether there is another try [LOG10]. */
async function report(
  { store, feed }: StreamDeps,
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
      const { code } = failure.error;
      if (answer.kind === 'again') {
        const { tries } = answer;
        stream.log.warn(
          { code, tries, at: new Date(retryAt!).toISOString() },
          'the model call failed; it is tried again',
        );
        return { kind: 'again', code, dueAt };
      }
      if (answer.kind === 'ended') {
        if (answer.outcome === 'failed') stream.log.warn({ code }, consequenceOf(failure));
        return answer;
      }
      if (stream.claims === 0 && isSameFence(fence, stream.fence)) return { kind: 'fenced' };
    } catch (error) {
      stream.log.error({ error: String(error) }, 'the store takes no writes now; the failure is reported again');
    }
    await pause(STORE_AGAIN_MS);
  }
}

function consequenceOf({ error, pauses }: ProviderFailure): string {
  if (pauses) return 'the model call failed; the turn has failed, and its conversation is paused until its user acts';
  if (error.code === 'reply_too_long') return 'the reply was cut at its limit; the turn has failed and keeps its text';
  return 'the model call failed for good; the turn has failed and keeps its text';
}

/** The line for a stream's end, where that has none yet: a failure was reported, an abort is its caller's to explain. */
function told(log: Logger, result: StreamResult): StreamResult {
  if (result.kind === 'fenced') log.warn('fenced: another attempt holds the turn; this one ends its model call');
  if (result.kind === 'ended' && result.outcome === 'completed') log.info('the reply is whole; the turn is completed');
  else if (result.kind === 'ended' && result.outcome !== 'failed')
    log.info({ outcome: result.outcome }, 'the turn was ended; its model call is over, and what it wrote stays');
  return result;
}
