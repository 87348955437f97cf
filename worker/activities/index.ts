import type { Outcome, TurnError } from '#lib/protocol/turn.ts';
import { createStreamStep, type StepDeps } from './stream-step.ts';

export type Activities = ReturnType<typeof createActivities>;

export function createActivities(deps: StepDeps) {
  return {
    streamStep: createStreamStep(deps),
    /** Gives a turn its outcome when its step could not [WF4]; idempotent, the first outcome stands. */
    async endTurn({ turnId, outcome, error }: { turnId: string; outcome: Outcome; error?: TurnError }): Promise<void> {
      const row = await deps.store.log.end(turnId, outcome, error);
      if (row) deps.feed.emit('changed', row.conversationId);
    },
  };
}
