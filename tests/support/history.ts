import protos from '@temporalio/proto';
import { Client, Connection } from '@temporalio/client';
import { inject } from 'vitest';

type Run = { conversationId: string; runId?: string };

/** Reads what Temporal keeps. One connection for a test file. */
export type HistoryReader = ReturnType<typeof readHistories>;

export function readHistories(address: string = inject('temporalAddress')) {
  const connection = Connection.lazy({ address });
  const { workflow, activity } = new Client({ connection });
  const handle = ({ conversationId, runId }: Run) => workflow.getHandle(conversationId, runId);
  const read = (run: Run) => handle(run).fetchHistory();
  return {
    handle,
    activities: activity,
    events: async (run: Run) => (await read(run)).events ?? [],
    /** As Temporal's limits count it: the history's protobuf. */
    bytes: async (run: Run) => protos.temporal.api.history.v1.History.encode(await read(run)).finish(),
    /** Payloads are JSON in UTF-8, so a word that any of them holds is found here. */
    text: async (run: Run) =>
      Buffer.from(protos.temporal.api.history.v1.History.encode(await read(run)).finish()).toString('utf8'),
    runIdOf: async (conversationId: string) => (await handle({ conversationId }).describe()).runId,
    statusOf: async (run: Run) => (await handle(run).describe()).status.name,
    /** The attempt at a conversation's step that Temporal holds, and when it was last heard of (ms); null before that. */
    beatOf: async (conversationId: string) => {
      const { raw } = await handle({ conversationId }).describe();
      const { attempt, lastHeartbeatTime: at } = raw.pendingActivities?.[0] ?? {};
      return attempt && at ? { attempt, at: Number(at.seconds) * 1_000 + (at.nanos ?? 0) / 1e6 } : null;
    },
    close: () => connection.close(),
  };
}
