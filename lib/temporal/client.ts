import {
  ActivityNotFoundError,
  ApplicationFailure,
  Client,
  Connection,
  isRetryableError,
  makeGrpcRetryInterceptor,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { isOnThisMachine, temporalAddress, type TemporalEnv } from './connection.ts';
import {
  CONVERSATION_WORKFLOW,
  STOP_REQUESTED,
  TURN_REQUESTED,
  type ConversationInput,
  type StopRequested,
  type TurnRequested,
} from './names.ts';

/** Without a deadline a call tries for 10 s while the server is away; the outbox sends again what fails here. */
const CALL_MS = 1_000;
/** Must stay under the 500 ms that health may take, and above the 100 ms of a connection's first call. */
const LOOK_MS = 400;
/** The client's own pauses grow to 5 s, over any deadline of ours. */
const RETRY = { attempts: 10, pauseMs: 100 };
/** gRPC's own pause grows to two minutes: a server that is back would be away for us so much longer. */
const RECONNECT_MS = { first: 100, longest: 1_000 };
/** 10 s by default, and so long would a worker cost that is killed right after it took a conversation's first task. */
const TASK_TIMEOUT = '2s';

type ConversationWorkflow = (input: ConversationInput) => Promise<void>;

/** Names the current attempt of an activity, whichever that is by now. */
export type PendingAttempt = { workflowId: string; runId: string; activityId: string };

export type TemporalClient = ReturnType<typeof createTemporalClient>;

/** What web and outbox tell Temporal, over one lazy connection. Every call ends within 1 s, or throws. */
export function createTemporalClient(env: TemporalEnv) {
  const at = temporalAddress(env);
  const connection = Connection.lazy({
    ...at,
    interceptors: [retryShortly],
    channelArgs: {
      // A proxy that the environment names leads out of this machine, not into it.
      'grpc.enable_http_proxy': isOnThisMachine(at.address) ? 0 : 1,
      'grpc.initial_reconnect_backoff_ms': RECONNECT_MS.first,
      'grpc.max_reconnect_backoff_ms': RECONNECT_MS.longest,
    },
  });
  const namespace = env.TEMPORAL_NAMESPACE;
  const { workflow, activity } = new Client({ connection, namespace });
  const within = <T>(ms: number, call: () => Promise<T>) => connection.withDeadline(Date.now() + ms, call);

  return {
    /** Hands a turn to its conversation's workflow, which begins if it does not run. Twice does no harm. */
    async requestTurn(conversationId: string, turn: TurnRequested): Promise<void> {
      await within(CALL_MS, () =>
        workflow.signalWithStart<ConversationWorkflow, [TurnRequested]>(CONVERSATION_WORKFLOW, {
          workflowId: conversationId,
          taskQueue: env.TEMPORAL_TASK_QUEUE,
          args: [{ conversationId }],
          signal: TURN_REQUESTED,
          signalArgs: [turn],
          workflowTaskTimeout: TASK_TIMEOUT,
          // A workflow that returned after its idle hour begins anew; one that runs takes the signal.
          workflowIdReusePolicy: 'ALLOW_DUPLICATE',
          workflowIdConflictPolicy: 'USE_EXISTING',
        }),
      );
    },

    requestStop: (conversationId: string, turn: StopRequested): Promise<void> =>
      unlessGone(() =>
        within(CALL_MS, () => workflow.getHandle(conversationId).signal<[StopRequested]>(STOP_REQUESTED, turn)),
      ),

    terminate: (conversationId: string, reason: string): Promise<void> =>
      unlessGone(async () => {
        await within(CALL_MS, () => workflow.getHandle(conversationId).terminate(reason));
      }),

    /** Whether Temporal answers for our namespace; the first look also opens the connection. */
    async isReachable(): Promise<boolean> {
      try {
        await within(LOOK_MS, () => connection.workflowService.describeNamespace({ namespace }));
        return true;
      } catch {
        return false; // away, too slow, or one that does not let us in: no signal would get through either
      }
    },

    /** Ends a dead worker's attempt, so that the next one begins at once; a stale token is refused, which is as good. */
    async failAttempt(attempt: Uint8Array | PendingAttempt): Promise<void> {
      const died = ApplicationFailure.create({ message: 'worker died', type: 'worker_died', nextRetryDelay: 1 });
      try {
        // One method, overloaded by what names the attempt.
        await within(CALL_MS, () =>
          attempt instanceof Uint8Array ? activity.fail(attempt, died) : activity.fail(attempt, died),
        );
      } catch (error) {
        if (!(error instanceof ActivityNotFoundError)) throw error;
      }
    },

    /** Attempts of a conversation's workflow that a worker has taken, with that worker's identity. */
    async pendingAttempts(conversationId: string): Promise<(PendingAttempt & { identity: string })[]> {
      try {
        const { raw, runId } = await within(CALL_MS, () => workflow.getHandle(conversationId).describe());
        return (raw.pendingActivities ?? []).flatMap(({ activityId, lastWorkerIdentity, lastStartedTime }) =>
          activityId && lastWorkerIdentity && lastStartedTime
            ? [{ workflowId: conversationId, runId, activityId, identity: lastWorkerIdentity }]
            : [],
        );
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return [];
        throw error;
      }
    },

    close: (): Promise<void> => connection.close(),
  };
}

const retryShortly = makeGrpcRetryInterceptor({
  delayFunction: () => RETRY.pauseMs,
  retryableDecider: (attempt, status) => attempt < RETRY.attempts && isRetryableError(status),
});

/** A workflow that does not run has nothing to stop. */
async function unlessGone(call: () => Promise<void>): Promise<void> {
  try {
    await call();
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}
