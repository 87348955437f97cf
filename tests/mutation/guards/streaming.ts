import { guardsOf, type Guard } from '../guard.ts';

const WRITER = 'tests/model/turn-writer.test.ts';
const STREAM = 'tests/model/live-stream.test.ts';
const HANDOVER = 'tests/worker/handover.test.ts';

/** A Stop reaches the provider's socket in three ways; each is enough. */
const threeWaysOfStop: Guard = {
  rules: ['STOP2'],
  name: 'stop: the next append, the look at the store, and Temporal close the provider’s socket',
  by: 'tests/worker/stop.test.ts',
  only: 'STOP1. no text',
  edits: [
    {
      file: 'worker/stream/turn-writer.ts',
      from: `return finish(
            completes && answer.outcome === 'completed'
              ? { kind: 'completed' }
              : { kind: 'ended', outcome: answer.outcome },
          );`,
      to: 'return;',
    },
    { file: 'worker/stream/live-streams.ts', from: 'if (outcome) stream.abort(outcome);', to: '' },
    {
      file: 'worker/workflows/conversation.ts',
      from: 'if (stop(state, signal)) step?.cancel();',
      to: 'stop(state, signal);',
    },
  ],
};

const wholePairAtTheCap: Guard = {
  rules: ['ACT9', 'LOG5'],
  name: 'cap: does not cut a surrogate pair, half of which would wait for its other half anyway',
  by: 'tests/worker/limits.test.ts',
  only: 'pair of surrogates',
  edits: [
    {
      file: 'worker/stream/model-call.ts',
      from: 'cut.isWellFormed() ? cut : cut.slice(0, -1)',
      to: 'cut',
    },
    {
      file: 'worker/stream/coalesce.ts',
      from: 'isHighSurrogate(text.charCodeAt(text.length - 1)) ? text.length - 1 : text.length',
      to: 'text.length',
    },
  ],
};

/** The model call, the writing of its reply, and the attempts that hold them. */
export const streamingGuards = [
  threeWaysOfStop,
  wholePairAtTheCap,
  ...guardsOf('worker/stream/coalesce.ts', 'tests/model/coalesce.test.ts', [
    {
      rules: ['LOG5'],
      name: 'coalesce: half a pair stays for the next take',
      from: 'isHighSurrogate(text.charCodeAt(text.length - 1)) ? text.length - 1 : text.length',
      to: 'text.length',
    },
    {
      rules: ['LOG5'],
      name: 'coalesce: a half joins its own part only',
      from: 'if (half && !isSamePart(half.event, event)) {',
      to: 'if (false) {',
    },
  ]),
  ...guardsOf('worker/stream/turn-writer.ts', WRITER, [
    {
      rules: ['LOG5'],
      name: 'append before emit',
      from: 'const fence = options.fence();',
      to: 'options.onAppended({ from, to: from + events.length - 1, events });\n      const fence = options.fence();',
      only: 'LOG5',
    },
    {
      rules: ['LOG5'],
      name: 'the first delta goes out at once',
      from: 'let lastAppendAt = -Infinity;',
      to: 'let lastAppendAt = performance.now();',
      only: 'LOG5',
    },
    {
      rules: ['LOG5'],
      name: 'later deltas are joined for 33 ms',
      from: 'if (wait > 0) await pause(wait);',
      to: '',
      only: 'LOG5',
    },
    {
      rules: ['LOG5'],
      name: 'one append at a time',
      from: 'if (running || isOver) return;',
      to: 'if (isOver) return;',
      only: 'LOG5|LOG3',
    },
    {
      rules: ['LOG5'],
      name: 'a step’s start waits for its first delta',
      from: "if (!('delta' in event.chunk)) return;",
      to: '',
      only: 'LOG5',
    },
    {
      rules: ['LOG3'],
      name: 'a retried append carries the very same events',
      from: 'events,\n          ...(completes',
      to: 'events: wait === AGAIN_MS ? events : [...events, ...gathered.take()],\n          ...(completes',
      only: 'LOG3',
    },
    {
      rules: ['LOG3'],
      name: 'a completing append answered `ended(completed)` has succeeded',
      from: "completes && answer.outcome === 'completed'",
      to: 'false',
      only: 'LOG3',
    },
    {
      rules: ['LOG3'],
      name: 'what is duplicate was taken: the writing goes on behind it',
      from: "case 'ok':\n        case 'duplicate':",
      to: "case 'duplicate':\n          return finish({ kind: 'fenced' });\n        case 'ok':",
      only: 'LOG3',
    },
    {
      rules: ['LOG2'],
      name: 'a fenced append ends the writing',
      from: "if (!options.isClaimed() && isSameFence(fence, options.fence())) return finish({ kind: 'fenced' });",
      to: '',
      only: 'LOG2',
    },
    {
      rules: ['ACT6'],
      name: 'while it is being adopted, a fenced append waits',
      from: 'if (!options.isClaimed() && isSameFence(fence, options.fence())) return',
      to: 'return',
      only: 'ACT6',
    },
    {
      rules: ['ACT6'],
      name: 'an append that an adoption has overtaken is sent again with the new fence',
      from: 'if (!options.isClaimed() && isSameFence(fence, options.fence())) return',
      to: 'if (!options.isClaimed()) return',
      only: 'ACT6',
    },
    {
      rules: ['STOP1'],
      name: 'an abort ends the writing',
      from: "options.signal.addEventListener('abort', () => finish({ kind: 'aborted' }), { once: true });",
      to: '',
      only: 'an abort',
    },
    {
      rules: ['LOG3'],
      name: 'a gap ends the writing',
      from: "return finish({ kind: 'fenced' }); // somebody else",
      // To go round again would be without end, and without a pause.
      to: "return finish({ kind: 'completed' }); // somebody else",
      only: 'a gap',
    },
  ]),
  ...guardsOf('worker/stream/live-stream.ts', STREAM, [
    {
      rules: ['LOG10'],
      name: 'only a provider’s failure is a try',
      from: 'if (cause instanceof ProviderFailure) return report(deps, stream, cause);',
      to: "return report(deps, stream, new ProviderFailure({ code: 'internal', message: String(cause) }, { retries: true }));",
      only: 'LOG10',
    },
    {
      rules: ['ACT7'],
      name: 'what came before a failure is kept',
      from: 'await writer.flushed(); // what came before the failure is kept',
      to: '',
      by: 'tests/worker/faults.test.ts',
    },
    {
      rules: ['LOG10'],
      name: 'a failure is reported under one id, however often',
      from: 'callId,\n        error',
      to: 'callId: randomUUID(),\n        error',
      only: 'LOG10',
    },
    {
      rules: ['ACT6'],
      name: 'a failure of a stream that is being adopted waits for the new fence',
      from: "if (stream.claims === 0 && isSameFence(fence, stream.fence)) return { kind: 'fenced' };",
      to: "return { kind: 'fenced' };",
      only: 'ACT6',
    },
    {
      rules: ['LOG2', 'STOP2'],
      name: 'whatever ended the stream, the provider’s socket is closed',
      from: 'controller.abort(); // whatever ended it',
      to: '// whatever ended it',
      only: 'LOG2',
    },
  ]),
  ...guardsOf('worker/stream/model-call.ts', STREAM, [
    {
      rules: ['LOG6'],
      name: 'a step begins again by a reset',
      from: "add({ type: 'reset-step' });",
      to: "add({ type: 'start-step' });",
      by: 'tests/worker/retries.test.ts',
      only: 'LOG6',
    },
    {
      rules: ['LOG6'],
      name: 'a reset only where the log has events of the step',
      from: "add({ type: 'start-step' });",
      to: "add({ type: 'reset-step' });",
      by: 'tests/worker/retries.test.ts',
      only: 'LOG6',
    },
    {
      rules: ['LOG6'],
      name: 'no start follows a reset',
      from: "add({ type: 'reset-step' });",
      to: "add({ type: 'reset-step' });\n    add({ type: 'start-step' });",
      by: 'tests/worker/retries.test.ts',
      only: 'LOG6',
    },
    {
      rules: ['ACT9'],
      name: 'cap: 400,000 characters',
      from: 'cutAt(LIMITS.replyLength - length, next.value)',
      to: 'next.value',
      by: 'tests/worker/limits.test.ts',
      only: 'ACT9',
    },
    {
      rules: ['ACT9'],
      name: 'cap: 30 minutes',
      from: ' || performance.now() > endsAt',
      to: '',
      only: 'ACT9',
    },
    {
      rules: ['ACT10'],
      name: 'continued only where the model can',
      from: 'const begun = model.continues ? begunIn(before, step) : null;',
      to: 'const begun = begunIn(before, step);',
      by: 'tests/worker/retries.test.ts',
      only: 'LOG6',
    },
  ]),
  ...guardsOf('worker/stream/continuation.ts', 'tests/model/continuing.test.ts', [
    {
      rules: ['ACT10'],
      name: 'continued: one unfinished part of text and nothing else',
      from: "more.length > 0 || part.type !== 'text' || part.done",
      to: 'false',
    },
    {
      rules: ['ACT10'],
      name: 'continued: more than white space',
      from: "text.trim() !== '' && ",
      to: '',
    },
    {
      rules: ['ACT10'],
      name: 'continued: no half characters',
      from: ' && text.isWellFormed() ?',
      to: ' ?',
    },
    {
      rules: ['ACT10'],
      name: 'continued: what comes is appended to that same part',
      from: 'isText && chunk.id === own ? { ...chunk, id: partId } : chunk',
      to: 'chunk',
    },
  ]),
  ...guardsOf('worker/stream/live-streams.ts', STREAM, [
    {
      rules: ['STOP2'],
      name: 'the look at the store ends the streams of ended turns',
      from: 'if (outcome) stream.abort(outcome);',
      to: '',
      only: 'STOP2',
    },
    {
      rules: ['STOP2'],
      name: 'another process’s commit is a reason to look',
      from: 'if (streams.size > 0) look().catch(trouble);',
      to: '',
      only: 'at once',
    },
    {
      rules: ['ACT6'],
      name: 'attempts at a step open one after the other',
      from: 'const acquired = before.then(acquire);',
      to: 'void before;\n      const acquired = acquire();',
      by: 'tests/model/stream-step.test.ts',
      only: 'ACT6',
    },
    {
      rules: ['LOG9'],
      name: 'a silent stream keeps its turn alive',
      from: 'await deps.store.log.keepAlive([...streams.values()].map(({ turnId, fence }) => ({ turnId, fence })));',
      to: '',
      only: 'LOG9',
    },
  ]),
  ...guardsOf('worker/activities/stream-step.ts', HANDOVER, [
    {
      rules: ['ACT3'],
      name: 'nothing begins in a worker that shuts down',
      from: "if (!left && attempt.isEnding()) return { kind: 'handover' };",
      to: '',
      by: 'tests/simulation/simulation.test.ts',
      only: 'ACT3',
    },
    {
      rules: ['ACT6'],
      name: 'adoption: the live stream is claimed before its fence is asked for',
      from: 'if (left) left.claims++;',
      to: '',
      by: 'tests/model/stream-step.test.ts',
      only: 'ACT6',
    },
    {
      rules: ['ACT6'],
      name: 'adoption: only while the turn’s fence is the stream’s',
      from: '{ ...request, from: left.fence }',
      to: 'request',
      only: 'ACT6. a stream that another',
    },
    {
      rules: ['ACT6'],
      name: 'adoption: a lost answer is asked for again',
      from: 'if (isEnding()) throw error;',
      to: 'throw error;',
      by: 'tests/model/stream-step.test.ts',
      only: 'ACT6. an adopter that the store',
    },
    {
      rules: ['ACT6'],
      name: 'adoption: a stale stream is aborted',
      from: 'stale?.abort();\n',
      to: '',
      only: 'ACT6. a stream that another',
    },
    {
      rules: ['ACT6'],
      name: 'adoption: the stream writes under the new fence',
      from: 'left.fence = fence;',
      to: '',
      only: 'ACT5',
    },
    {
      rules: ['ACT2'],
      name: 'cancelled: an ended turn is its result',
      from: `if (outcome) {
    stream.abort(outcome);
    return { kind: 'ended', outcome };
  }`,
      to: '',
      by: 'tests/model/stream-step.test.ts',
      only: 'ACT2',
    },
    {
      rules: ['ACT3'],
      name: 'cancelled: at a shutdown the step is handed over',
      from: 'if (details?.workerShutdown) {',
      to: 'if (false) {',
      by: 'tests/model/stream-step.test.ts',
      only: 'ACT3',
    },
    {
      rules: ['ACT6'],
      name: 'cancelled: an attempt that Temporal gave up leaves its stream running',
      from: 'if (details?.cancelRequested) {',
      to: '{',
      by: 'tests/model/stream-step.test.ts',
      only: 'ACT6',
    },
    {
      rules: ['WF4'],
      name: 'cancelled: an operator’s cancellation ends the stream',
      from: 'if (details?.cancelRequested) {',
      to: 'if (false) {',
      by: 'tests/model/stream-step.test.ts',
      only: 'WF4',
    },
    {
      rules: ['ACT4'],
      name: 'the activity’s heartbeat',
      from: 'setInterval(() => context.heartbeat(), HEARTBEAT_MS)',
      to: 'setInterval(() => {}, HEARTBEAT_MS)',
      only: 'heartbeat',
    },
    {
      rules: ['ACT7'],
      name: 'the next try comes when the provider asked for it',
      from: 'nextRetryDelay: Math.max(1, result.dueAt - performance.now()),',
      to: '',
      by: 'tests/worker/retries.test.ts',
      only: 'ACT7',
    },
  ]),
  ...guardsOf('worker/predecessor.ts', 'tests/model/identity.test.ts', [
    { rules: ['WRK2'], name: 'only dead workers’ attempts are failed', from: 'if (!isDead(owner)) return;', to: '' },
    {
      rules: ['WRK3'],
      name: 'only dead workers’ attempts without a token are failed',
      from: 'if (!isDead(identity)) continue;',
      to: '',
    },
    {
      rules: ['WRK2'],
      name: 'dead attempts are failed by token',
      from: "await temporal.failAttempt(Buffer.from(taskToken, 'base64'));",
      to: '',
    },
    {
      rules: ['WRK3'],
      name: 'dead attempts without a token are failed by their worker',
      from: 'await temporal.failAttempt(attempt);',
      to: '',
    },
    {
      rules: ['WRK2'],
      name: 'a dead attempt that Temporal does not answer for holds up no other',
      from: 'return failing.catch((error: unknown) =>\n',
      to: 'return failing; void failing.catch((error: unknown) =>\n',
      only: 'holds up no other',
    },
  ]),
  ...guardsOf('worker/identity.ts', 'tests/model/identity.test.ts', [
    {
      rules: ['WRK2'],
      name: 'identity: of another machine nothing is known',
      from: 'if (host !== hostname() || pid === undefined) return false;',
      to: 'if (pid === undefined) return false;',
    },
    {
      rules: ['WRK2'],
      name: 'identity: a pid that has come again is another process',
      from: 'return startOf(Number(pid)) !== start;',
      to: 'return startOf(Number(pid)) === null;',
    },
  ]),
];
