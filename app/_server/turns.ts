import type { ChangeTurn, SendTurn } from '#lib/protocol/command.ts';
import { LIMITS } from '#lib/protocol/limits.ts';
import type { Submitted } from '#lib/store/submit.ts';
import type { Changed } from '#lib/store/waiting.ts';
import { refusal, type Answer } from './answer.ts';
import { webStore } from './app.ts';
import { conversationNotFound } from './conversations.ts';
import { tellStopRequested, tellTurnRequested } from './telling.ts';

/** Takes a turn: what is answered stands in the store, whatever becomes of the signal [SEND1]. */
export async function sendTurn(conversationId: string, command: SendTurn): Promise<Answer> {
  const submitted = await webStore().submit(conversationId, command);
  if (submitted.kind === 'refused') return refusedTurn(submitted.code);
  const { turn, ended, signal } = submitted;
  if (signal) tellTurnRequested(conversationId, { turnId: turn.id, ended });
  return { status: 202, body: { ...turn, ended } };
}

function refusedTurn(code: Extract<Submitted, { kind: 'refused' }>['code']): Answer {
  switch (code) {
    case 'conflict':
      return refusal('conflict', 'A turn with this id exists, and it is another one.');
    case 'deleted':
      return refusal('deleted', 'This conversation was deleted.');
    case 'bad-parent':
      return refusal('bad_parent', 'parentId must name a turn of this conversation that has ended.');
    case 'too-many-waiting':
      return refusal(
        'too_many_waiting',
        `${LIMITS.waitingTurns} messages wait already. Send this one when some are answered.`,
      );
  }
}

/** Where a turn is found: in the current line, or in another branch [TREE3]. */
export async function findTurn(conversationId: string, turnId: string): Promise<Answer> {
  const isInLine = await webStore().conversations.isInLine(conversationId, turnId);
  return isInLine === null ? turnNotFound() : { status: 200, body: { id: turnId, isInLine } };
}

const turnNotFound = () => refusal('not_found', 'There is no such turn.');

/** Changes a turn that waits: its words, its place, or that it is said now [WAIT1]. */
export async function changeTurn(conversationId: string, turnId: string, change: ChangeTurn): Promise<Answer> {
  const changed = await webStore().changeTurn(conversationId, turnId, change);
  if (changed.kind === 'refused') return refusedChange(changed.code);
  const { turn, ended, signal } = changed;
  if (signal) tellTurnRequested(conversationId, { turnId, ended });
  return { status: 200, body: { ...turn, ended } };
}

function refusedChange(code: Extract<Changed, { kind: 'refused' }>['code']): Answer {
  switch (code) {
    case 'not-found':
      return turnNotFound();
    case 'not-waiting':
      return refusal('not_waiting', 'This message waits no longer: its answer has begun.');
    case 'bad-place':
      return refusal('bad_place', 'before must name a turn that waits in the same line, or be null.');
  }
}

/** Ends a turn in the store, from where the worker learns of it at once; the signal only frees the workflow [STOP1]. */
export async function stopTurn(conversationId: string, turnId: string): Promise<Answer> {
  const stopped = await webStore().conversations.stop(conversationId, turnId);
  if (!stopped) return conversationNotFound();
  if (stopped.signal) tellStopRequested(conversationId, turnId);
  return { status: 200, body: stopped.turn };
}
