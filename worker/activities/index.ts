import type { Outcome, TurnError } from '#lib/protocol/turn.ts';
import { createStreamStep, type StepDeps } from './stream-step.ts';

export type Activities = ReturnType<typeof createActivities>;

export function createActivities(deps: StepDeps) {
  return {
    streamStep: createStreamStep(deps),
    /** Gives a turn its outcome when its step could not [WF4]; idempotent, the first outcome stands. */
    async endTurn({ turnId, outcome, error }: { turnId: string; outcome: Outcome; error?: TurnError }): Promise<void> {
      const row = await deps.store.log.end(turnId, outcome, error);
      if (!row) return;
      // The step's attempts are over, or none has begun: the workflow does this in their place [OBS2].
      const about = { conversationId: row.conversationId, turnId, step: null, attempt: null };
      deps.log.warn({ ...about, outcome: row.status }, 'the workflow saw to the turn’s end, which its step could not');
      deps.feed.emit('changed', row.conversationId);
    },
  };
}
