/** Orders the attempts at a turn, so that a zombie's late writes are refused [LOG2]. No clock decides within a run. */
export type Fence = {
  /** The workflow run, and when it started (ms): runs are compared by step, then by that. */
  runId: string;
  runStartedAt: number;
  step: number;
  /** Number of the activity within the run; grows by one with each. */
  activity: number;
  attempt: number;
};

/** Whether `a` is an older attempt than `b`. */
export function isOlder(a: Fence, b: Fence): boolean {
  if (a.runId === b.runId) return a.activity !== b.activity ? a.activity < b.activity : a.attempt < b.attempt;
  return a.step !== b.step ? a.step < b.step : a.runStartedAt < b.runStartedAt;
}

export const isSameFence = (a: Fence, b: Fence): boolean =>
  a.runId === b.runId && a.activity === b.activity && a.attempt === b.attempt;
