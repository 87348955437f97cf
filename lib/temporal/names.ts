/*
 * What web and worker call each other by. The workflow's id is the conversation's; its code imports this file, so nothing
 * of Node may come in here.
 */

/** By name: a bundler changes the names of functions, and Temporal would start a workflow that no worker knows. */
export const CONVERSATION_WORKFLOW = 'conversation';

export type ConversationInput = { conversationId: string; carried?: Carried };

/** What a run hands to the next [WF5]. */
export type Carried = { queue: string[]; current: { turnId: string; step: number } | null };

export const TURN_REQUESTED = 'turnRequested';
/** `ended` names the turns that this one interrupted: only their step is cancelled [IJ4]. */
export type TurnRequested = { turnId: string; ended: string[] };

export const STOP_REQUESTED = 'stopRequested';
export type StopRequested = { turnId: string };
