import { setTimeout as pause } from 'node:timers/promises';
import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import type { Logger } from 'pino';
import type { Fence } from '#lib/protocol/fence.ts';
import type { Outcome } from '#lib/protocol/turn.ts';
import type { Store } from '#lib/store/store.ts';
import type { Opened, OpenRequest } from '#lib/store/opening.ts';
import type { Feed } from '../stream/feed.ts';
import type { LiveStream, StreamResult } from '../stream/live-stream.ts';
import type { LiveStreams } from '../stream/live-streams.ts';

/** Must stay well under the heartbeat time-out; cancellation arrives in answer to a heartbeat where the server does not push it. */
const HEARTBEAT_MS = 1_000;
const STORE_AGAIN_MS = 100;

export type StepInput = { turnId: string; step: number; runStartedAt: number };

/** What became of a step, by reference: the words stay in the store. */
export type StepResult =
  | { kind: 'ended'; outcome: Outcome }
  | { kind: 'behind'; turnId: string }
  | { kind: 'paused' }
  /** This worker shuts down; the step is to be scheduled again. */
  | { kind: 'handover' };

export type StepDeps = {
  store: Store;
  streams: LiveStreams;
  feed: Feed;
  owner: string;
  modelName: string;
  log: Logger;
};

/** One model call as one activity: it emits the live text outside Temporal, and returns what became of it. */
export function createStreamStep(deps: StepDeps) {
  return async function streamStep({ turnId, step, runStartedAt }: StepInput): Promise<StepResult> {
    const context = Context.current();
    const { workflowExecution, activityId, attempt, base64TaskToken } = context.info;
    const { workflowId: conversationId, runId } = workflowExecution!;
    const fence: Fence = { runId, runStartedAt, step, activity: Number(activityId), attempt };
    const log = deps.log.child({ conversationId, turnId, step, attempt });
    const heartbeat = setInterval(() => context.heartbeat(), HEARTBEAT_MS);
    try {
      const taskToken = base64TaskToken;
      const isEnding = () => context.cancellationDetails?.workerShutdown === true;
      const acquired = await deps.streams.inTurn(turnId, step, () =>
        acquire(deps, { conversationId, turnId, step, fence, taskToken, log, isEnding }),
      );
      if ('kind' in acquired) return acquired;
      const cancelled = new Promise<'cancelled'>((resolve) => {
        if (context.cancellationSignal.aborted) resolve('cancelled');
        context.cancellationSignal.addEventListener('abort', () => resolve('cancelled'), { once: true });
      });
      const result = await Promise.race([acquired.result, cancelled]);
      if (result !== 'cancelled') return told(result);
      return await onCancel(deps, context, acquired, log);
    } finally {
      clearInterval(heartbeat);
    }
  };
}

type Attempt = {
  conversationId: string;
  turnId: string;
  step: number;
  fence: Fence;
  taskToken: string;
  log: Logger;
  /** This worker shuts down. */
  isEnding: () => boolean;
};

/** Opens the step and begins its stream, or adopts the one that an earlier attempt left running here [ACT6]. */
async function acquire(deps: StepDeps, attempt: Attempt): Promise<LiveStream | StepResult> {
  const { store, streams, feed, owner, modelName } = deps;
  const { turnId, step, fence, conversationId, log } = attempt;
  for (;;) {
    const left = streams.find(turnId, step);
    let stale: LiveStream | undefined;
    if (left) left.claims++;
    try {
      const request = { turnId, step, fence, taskToken: attempt.taskToken, owner, model: modelName };
      const opened = left
        ? await adopting(store, { ...request, from: left.fence }, attempt)
        : await store.log.open(request);
      switch (opened.kind) {
        case 'ended':
          log.info({ outcome: opened.outcome }, 'the turn has ended before; the model is not asked');
          left?.abort(opened.outcome);
          return opened;
        case 'done':
          log.info('the step was done before; the model is not asked again');
          return { kind: 'ended', outcome: 'completed' }; // no step follows another before there are tools
        case 'behind':
          log.info({ first: opened.turnId }, 'another turn goes first; this one is asked after it');
          return opened;
        case 'paused':
          log.info('the conversation is paused; the turn waits for its user');
          return opened;
        case 'fenced':
          log.warn('fenced: a newer attempt holds the turn; this one is tried again, in case that one is gone by then');
          throw ApplicationFailure.create({ message: 'fenced', type: 'fenced' });
        case 'lost':
          // Another process had the turn meanwhile: what runs here is stale.
          log.warn(
            'another process has had the turn meanwhile; the stream left here is ended, and the step opened anew',
          );
          stale = left;
          break;
        case 'opened':
          feed.emit('changed', conversationId);
          // What ran here was ended by the shutdown while it was being adopted: nothing more begins in this process [ACT3].
          if (!left && attempt.isEnding()) return { kind: 'handover' };
          if (!left) return streams.start({ conversationId, turnId, step, fence, reply: opened.reply, log });
          if (left.isOver) continue; // it ended while it was being adopted: open plainly
          left.fence = fence;
          left.log = log;
          log.info('adopted the stream that an earlier attempt left running; nothing begins again');
          return left;
      }
    } finally {
      if (left) left.claims--;
    }
    // Waited for without the claim, or its own last report would wait for the adoption.
    stale?.abort();
    await stale?.result;
  }
}

/**
 * Asks until the store has answered: an open that broke may have been carried out, and then the stream's own fence holds
 * no more. Only this attempt's can go on with it; another one would find the stream ended, and make a second call [ACT6].
 */
async function adopting(store: Store, request: OpenRequest, { log, isEnding }: Attempt): Promise<Opened> {
  for (;;) {
    try {
      return await store.log.open(request);
    } catch (error) {
      if (isEnding()) throw error;
      log.error({ err: error }, 'the store did not answer who adopts the stream left here; it is asked again');
      await pause(STORE_AGAIN_MS);
    }
  }
}

/** What a stream's end means for the attempt: an expected end is a value, and what Temporal shall try again a throw. */
function told(result: StreamResult): StepResult {
  switch (result.kind) {
    case 'ended':
      return result;
    case 'again':
      throw ApplicationFailure.create({
        message: result.code,
        type: result.code,
        nextRetryDelay: Math.max(1, result.dueAt - performance.now()),
      });
    case 'fenced':
    case 'aborted':
      throw ApplicationFailure.create({ message: result.kind, type: result.kind });
  }
}

async function onCancel({ store }: StepDeps, context: Context, stream: LiveStream, log: Logger): Promise<StepResult> {
  const { turnId } = stream;
  const details = context.cancellationDetails;
  const outcome = (await store.log.endedAmong([turnId])).get(turnId);
  if (outcome) {
    stream.abort(outcome);
    return { kind: 'ended', outcome };
  }
  if (details?.workerShutdown) {
    stream.abort();
    const result = await stream.result;
    if (result.kind === 'ended') return result;
    log.info('handover: this worker shuts down, and the next one goes on with the step');
    return { kind: 'handover' };
  }
  if (details?.cancelRequested) {
    log.warn('the workflow was cancelled from outside; it ends its turns, and this model call is over');
    stream.abort();
    throw new CancelledFailure('cancelled');
  }
  // Temporal was away and has given this attempt up. The stream runs on; the next attempt adopts it.
  log.info('Temporal has given this attempt up; its stream runs on, and the next attempt here adopts it');
  throw new CancelledFailure('left running');
}
