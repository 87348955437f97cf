import { Worker, type NativeConnection } from '@temporalio/worker';
import type { WorkerEnv } from '#lib/env.ts';
import type { Activities } from './activities/index.ts';

/** The number of simultaneous streams of one worker. */
const STREAMS_MAX = 200;
/** Before its activities are told of a shutdown, and hand their streams over. */
const SHUTDOWN_GRACE = '500ms';
const SHUTDOWN_FORCE = '5s';

export type TemporalWorkerParts = {
  connection: NativeConnection;
  env: Pick<WorkerEnv, 'TEMPORAL_NAMESPACE' | 'TEMPORAL_TASK_QUEUE'>;
  identity: string;
  /** The bundled workflow code. */
  code: string;
  activities: Activities;
};

export function createTemporalWorker({
  connection,
  env,
  identity,
  code,
  activities,
}: TemporalWorkerParts): Promise<Worker> {
  return Worker.create({
    connection,
    namespace: env.TEMPORAL_NAMESPACE,
    taskQueue: env.TEMPORAL_TASK_QUEUE,
    identity,
    workflowBundle: { code },
    activities,
    maxConcurrentActivityTaskExecutions: STREAMS_MAX,
    // How quickly a cancellation reaches an activity where the server does not push it.
    maxHeartbeatThrottleInterval: '250ms',
    defaultHeartbeatThrottleInterval: '250ms',
    // A dead worker's sticky queue holds its conversations' next tasks for so long.
    stickyQueueScheduleToStartTimeout: '1s',
    shutdownGraceTime: SHUTDOWN_GRACE,
    shutdownForceTime: SHUTDOWN_FORCE,
  });
}
