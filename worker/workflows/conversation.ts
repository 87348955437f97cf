import {
  ActivityCancellationType,
  ActivityFailure,
  CancellationScope,
  condition,
  continueAsNew,
  defineSignal,
  isCancellation,
  proxyActivities,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { RetryState } from '@temporalio/common';
import {
  STOP_REQUESTED,
  TURN_REQUESTED,
  type ConversationInput,
  type StopRequested,
  type TurnRequested,
} from '#lib/temporal/names.ts';
import type { Activities } from '../activities/index.ts';
import type { StepResult } from '../activities/stream-step.ts';
import { carriedFrom, hasWork, initialState, next, park, request, runFirst, stop, type State } from './state.ts';

const turnRequested = defineSignal<[TurnRequested]>(TURN_REQUESTED);
const stopRequested = defineSignal<[StopRequested]>(STOP_REQUESTED);

/** An idle conversation costs Temporal nothing: its workflow returns, and the next signal brings it back. */
const IDLE_MS = 60 * 60_000;
/** A run's history stays this small, so that a worker that meets it new replays it in no time [WF5]. */
const EVENTS_MAX = 1_000;

const { streamStep } = proxyActivities<Activities>({
  startToCloseTimeout: '40 minutes', // must stay above the longest reply, LIMITS.replyMs
  heartbeatTimeout: '6s',
  // The workflow never waits for a cancelled step: the fence makes a zombie harmless [STOP3].
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  retry: { initialInterval: '250ms', backoffCoefficient: 2, maximumInterval: '10s', maximumAttempts: 20 },
});

const { endTurn } = proxyActivities<Activities>({
  startToCloseTimeout: '10s',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '250ms', maximumInterval: '30s' },
});

/** One conversation. It decides what happens next, one turn at a time; the words are in the store. */
export async function conversation({ conversationId, carried }: ConversationInput): Promise<void> {
  const state = initialState(carried);
  let step: CancellationScope | null = null;
  setHandler(turnRequested, (signal) => {
    if (request(state, signal)) step?.cancel();
  });
  setHandler(stopRequested, (signal) => {
    if (stop(state, signal)) step?.cancel();
  });
  const idle = idleTimer();
  let isHandedOver = false;
  try {
    for (;;) {
      if (!isHandedOver && isLong())
        await continueAsNew<typeof conversation>({ conversationId, carried: carriedFrom(state) });
      if (!hasWork(state)) {
        idle.begin();
        await condition(() => hasWork(state) || idle.isOver());
        // A conversation that is paused keeps its turns, and so stays.
        if (!hasWork(state) && state.queue.length === 0) return;
        continue;
      }
      const current = next(state)!;
      const requests = state.requests;
      step = new CancellationScope();
      const result = await step.run(() => runStep(current));
      step = null;
      isHandedOver = result.kind === 'handover';
      // A signal may have moved on meanwhile: this result is then nobody's.
      if (state.current === current) apply(state, current, result, requests);
    }
  } catch (error) {
    if (!isCancellation(error)) throw error;
    // Cancelled from outside, by an operator: its turns are stopped, not left hanging [WF4].
    const open = [...(state.current ? [state.current.turnId] : []), ...state.queue];
    await CancellationScope.nonCancellable(() =>
      Promise.all(open.map((turnId) => endTurn({ turnId, outcome: 'stopped' }))),
    );
    throw error;
  }
}

type Current = { turnId: string; step: number };
type Result = StepResult | { kind: 'cut' };

async function runStep(current: Current): Promise<Result> {
  const root = CancellationScope.current().parent!;
  try {
    return await streamStep({ ...current, runStartedAt: workflowInfo().runStartTime.getTime() });
  } catch (error) {
    if (isCancellation(error) && !root.consideredCancelled) return { kind: 'cut' };
    if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
    // Temporal's tries are used up, the row's are not: nobody's fault, so the step is scheduled again [ACT5].
    if (error.retryState !== RetryState.NON_RETRYABLE_FAILURE) return { kind: 'handover' };
    const failed = { turnId: current.turnId, outcome: 'failed', error: BROKEN } as const;
    await CancellationScope.nonCancellable(() => endTurn(failed));
    return { kind: 'ended', outcome: 'failed' };
  }
}

const BROKEN = { code: 'internal', message: 'Parley could not run this turn. Try again.' };

function apply(state: State, current: Current, result: Result, requests: number): void {
  switch (result.kind) {
    case 'ended':
    case 'cut':
      state.current = null;
      return;
    case 'behind':
      return runFirst(state, result.turnId, current.turnId);
    case 'paused':
      return park(state, current.turnId, requests);
    case 'handover':
      return; // the same step again
  }
}

const isLong = () => workflowInfo().continueAsNewSuggested || workflowInfo().historyLength > EVENTS_MAX;

/** One timer for a whole idle hour, not one set and cancelled with each turn: two events a turn less in the history. */
function idleTimer() {
  let since = Date.now();
  let isOver = false;
  const run = async (): Promise<void> => {
    for (let left = IDLE_MS; left > 0; left = since + IDLE_MS - Date.now()) await sleep(left);
    isOver = true;
  };
  let running: Promise<void> | null = null;
  const start = () => {
    // It rejects only when the workflow is cancelled, which the main loop sees to.
    running ??= run().then(
      () => void (running = null),
      () => {},
    );
  };
  return {
    /** The hour counts from now on. */
    begin() {
      since = Date.now();
      isOver = false;
      start();
    },
    isOver: () => isOver,
  };
}
