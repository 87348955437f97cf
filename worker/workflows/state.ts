import type { Carried, StopRequested, TurnRequested } from '#lib/temporal/names.ts';

/**
 * What a conversation's workflow knows: ids, in the order they came. The store judges the order and every id again at
 * `open`, so a lost, doubled or late signal harms nobody [WF2].
 */
export type State = {
  queue: string[];
  current: { turnId: string; step: number } | null;
  /** Counts `turnRequested`: says whether one came while a step asked the store [WF6]. */
  requests: number;
  /** The conversation is paused: its turns wait for the next request. */
  isParked: boolean;
};

export const initialState = (carried?: Carried): State => ({
  queue: carried?.queue ?? [],
  current: carried?.current ?? null,
  requests: 0,
  isParked: false,
});

export const carriedFrom = ({ queue, current }: State): Carried => ({ queue: [...queue], current });

export const hasWork = (state: State): boolean => state.current !== null || (state.queue.length > 0 && !state.isParked);

/** Notes a request; true when it ended the current turn, whose step must be cancelled [IJ4]. */
export function request(state: State, { turnId, ended }: TurnRequested): boolean {
  state.requests++;
  state.isParked = false;
  const cuts = state.current !== null && ended.includes(state.current.turnId);
  if (cuts) state.current = null;
  if (state.current?.turnId !== turnId && !state.queue.includes(turnId)) state.queue.push(turnId);
  return cuts;
}

/** Notes a Stop; true when it is the current turn's, whose step must be cancelled. */
export function stop(state: State, { turnId }: StopRequested): boolean {
  const cuts = state.current?.turnId === turnId;
  if (cuts) state.current = null;
  state.queue = state.queue.filter((id) => id !== turnId);
  return cuts;
}

/** The turn to run now, made current. */
export function next(state: State): { turnId: string; step: number } | null {
  if (!state.current && !state.isParked) {
    const turnId = state.queue.shift();
    if (turnId !== undefined) state.current = { turnId, step: 0 };
  }
  return state.current;
}

/** Another turn goes first: that one, then this one again [LOG1]. */
export function runFirst(state: State, first: string, then: string): void {
  state.queue = [first, then, ...state.queue.filter((id) => id !== first && id !== then)];
  state.current = null;
}

/** The conversation is paused; unless a request came meanwhile, which clears the pause, its turns wait [WF6]. */
export function park(state: State, turnId: string, requestsBefore: number): void {
  state.queue.unshift(turnId);
  state.current = null;
  state.isParked = state.requests === requestsBefore;
}
