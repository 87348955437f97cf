import type { TurnEvent } from '#lib/protocol/event.ts';

/* Events as a model call makes them, short enough to read in a test. */

export const startStep = (step = 0): TurnEvent => ({ step, chunk: { type: 'start-step' } });
export const resetStep = (step = 0): TurnEvent => ({ step, chunk: { type: 'reset-step' } });
export const textStart = (id = '0', step = 0): TurnEvent => ({ step, chunk: { type: 'text-start', id } });
export const text = (delta: string, id = '0', step = 0): TurnEvent => ({
  step,
  chunk: { type: 'text-delta', id, delta },
});
export const textEnd = (id = '0', step = 0): TurnEvent => ({ step, chunk: { type: 'text-end', id } });
export const reasoningStart = (id = '0', step = 0): TurnEvent => ({ step, chunk: { type: 'reasoning-start', id } });
export const reasoning = (delta: string, id = '0', step = 0): TurnEvent => ({
  step,
  chunk: { type: 'reasoning-delta', id, delta },
});
export const reasoningEnd = (id = '0', step = 0): TurnEvent => ({ step, chunk: { type: 'reasoning-end', id } });

/** The step's end; with the ids of its tool calls, if it made some. */
export const finishStep = (step = 0, toolCalls?: string[]): TurnEvent => ({
  step,
  chunk: { type: 'finish-step' },
  ...(toolCalls && { toolCalls }),
});
