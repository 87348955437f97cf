import { isOutcome, type Status, type Turn } from '#lib/protocol/turn.ts';
import type { Call } from '#tests/support/call-log.ts';
import { textOfMessage } from '#tests/support/chat-wire.ts';
import { expectedReply } from '#tests/support/scenario-options.ts';
import type { Fault } from './faults.ts';
import type { Moment } from './recorded-page.ts';
import type { Wanted } from './watched.ts';

/** A line of turns, root first, as somebody tells it. */
export type Line = { id: string; prompt: string; status: Status | 'sending' | 'refused'; reply: string }[];

/** What is known of one conversation once it is quiet. */
export type Facts = {
  sent: ReadonlyMap<string, Wanted>;
  /** The store's line, which is what counts. */
  turns: Turn[];
  /** The same line as the API, each page and the socket tell it. */
  told: { by: string; line: Line }[];
  /** All that each page showed. */
  shown: { by: string; moments: Moment[] }[];
  /** Each status of a turn that a socket was told, in that order. */
  statuses: ReadonlyMap<string, Status[]>;
  /** Tries that count against a turn, by its id; here no provider ever fails. */
  tries: ReadonlyMap<string, number>;
  calls: Call[];
  faults: readonly Fault[];
  /** What Temporal keeps, as text; null where it keeps nothing of this conversation. */
  history: string | null;
};

/** A worker that is ended by SIGTERM works on for so long, and one that was killed may have begun a call just before. */
const SLACK_MS = 2_000;

/** What is not as it must be, in words; nothing when all holds. */
export function wrongIn(facts: Facts): string[] {
  const { sent, turns, calls } = facts;
  const prompts = turns.map(({ prompt }) => prompt);
  const callsOf = (prompt: string) => calls.filter((call) => call.prompt === prompt);
  return [
    ...when(
      !isSame(prompts.toSorted(), [...sent.keys()].toSorted()),
      `sent ${[...sent.keys()].join(', ')}; kept ${prompts.join(', ')}`,
    ),
    ...turns.flatMap((turn) => wrongWithEnd(turn, sent.get(turn.prompt), callsOf(turn.prompt))),
    ...facts.told.flatMap(({ by, line }) => wrongWithLine(by, line, lineOfTurns(turns))),
    ...turns.flatMap(({ prompt }) => unexplained(prompt, callsOf(prompt), facts.faults)),
    ...calls.flatMap((call) => wrongWithContext(call, turns)),
    ...facts.shown.flatMap(({ by, moments }) =>
      turns.flatMap((turn) =>
        wrongWithMoments(
          by,
          turn,
          moments.filter(({ turnId }) => turnId === turn.id),
          callsOf(turn.prompt),
        ),
      ),
    ),
    ...[...facts.statuses].flatMap(([id, statuses]) => {
      const outcomes = new Set(statuses.slice(statuses.findIndex(isOutcome)));
      return when(statuses.some(isOutcome) && outcomes.size > 1, `[ROW3] ${id} was told as ${statuses.join(', ')}`);
    }),
    ...[...facts.tries].flatMap(([id, tries]) => when(tries > 0, `[LOG10] ${tries} tries of ${id} are used up`)),
    ...wordsIn(facts),
  ];
}

export const lineOfTurns = (turns: readonly Turn[]): Line =>
  turns.map(({ id, prompt, status, reply }) => ({ id, prompt, status, reply }));

export const isSame = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

const when = (isWrong: boolean, words: string): string[] => (isWrong ? [words] : []);
const nameOf = (prompt: string) => prompt.replace(/^scenario:/, '');

/** [ROW3] One outcome, and the text that belongs to it: a whole reply of one call, or what one call had sent by then. */
function wrongWithEnd({ prompt, status, reply }: Turn, wanted: Wanted | undefined, calls: Call[]): string[] {
  const isWhole = calls.some(({ nth, endedBy }) => endedBy === 'finish' && expectedReply(prompt, { nth }) === reply);
  const isBeginning = reply === '' || calls.some(({ textSent }) => textSent.startsWith(reply));
  return [
    ...when(!isOutcome(status), `${nameOf(prompt)} has no outcome: ${status}`),
    ...when(
      wanted === 'any' ? status === 'failed' : status !== wanted,
      `${nameOf(prompt)} is ${status}, not ${wanted}`,
    ),
    ...when(status === 'completed' && !isWhole, `${nameOf(prompt)} is no whole reply of a call: ${reply}`),
    ...when(!isBeginning, `${nameOf(prompt)} has text that no call sent: ${reply}`),
  ];
}

function wrongWithLine(by: string, line: Line, stored: Line): string[] {
  if (isSame(line, stored)) return [];
  const at = stored.findIndex((turn, n) => !isSame(turn, line[n]));
  return [`${by} tells another line: ${JSON.stringify(line[at])} for ${JSON.stringify(stored[at])}`];
}

/** [MOD3] One call is needed; each one more takes a fault of its own, which ended the stream of the one before. */
function unexplained(prompt: string, calls: Call[], faults: readonly Fault[]): string[] {
  const ends = faults.filter(({ endsStreams }) => endsStreams);
  const among = ends.filter(({ at, overAt }) => isBetween(at, overAt, calls[0]?.at, calls.at(-1)?.at));
  return [
    ...when(
      calls.length > 1 + among.length,
      `${nameOf(prompt)} was asked ${calls.length} times, for ${among.length} faults`,
    ),
    ...calls.slice(1).flatMap((call, n) => {
      const hasCause = ends.some(({ at, overAt }) => isBetween(at, overAt, calls[n]?.at, call.at));
      return when(!hasCause, `${nameOf(prompt)} was asked for a ${call.nth}th time without a cause`);
    }),
  ];
}

const isBetween = (at: number, overAt: number | null, first = 0, last = 0) =>
  at < last && (overAt === null || overAt + SLACK_MS > first);

/** [CTX1] [CTX2] The path to the turn, each reply as it stands in the store, then the prompt. */
function wrongWithContext({ prompt, body, nth }: Call, turns: Turn[]): string[] {
  const at = turns.findIndex((turn) => turn.prompt === prompt);
  const path = turns.slice(0, at).filter(({ status, startedAt }) => status !== 'stopped' || startedAt !== null);
  const roles = body.messages.map(({ role }) => role);
  const words = body.messages.map(textOfMessage);
  const isRight =
    isSame(roles, [...path.flatMap(() => ['user', 'assistant']), 'user']) &&
    words.at(-1) === prompt &&
    path.every((turn, n) => {
      const answer = words[2 * n + 1] ?? '';
      return (
        words[2 * n] === turn.prompt &&
        (turn.status === 'completed' ? answer === turn.reply : answer.startsWith(turn.reply))
      );
    });
  return when(!isRight, `${nameOf(prompt)} was asked (${nth}) in a wrong context: ${JSON.stringify(body.messages)}`);
}

/** A page shows only what a call had sent, begins again at most once a call, and changes nothing after the outcome. */
function wrongWithMoments(by: string, turn: Turn, moments: Moment[], calls: Call[]): string[] {
  const foreign = moments.find(({ text }) => text !== '' && !calls.some(({ textSent }) => textSent.startsWith(text)));
  const resets = moments.filter(({ text }, n) => n > 0 && !text.startsWith(moments[n - 1]!.text)).length;
  const end = moments.findIndex(({ status }) => isOutcome(status as Status));
  const late = moments
    .slice(end < 0 ? moments.length : end)
    .find((moment) => moment.status !== turn.status || !turn.reply.startsWith(moment.text));
  const what = `${by} showed of ${nameOf(turn.prompt)}`;
  return [
    ...when(foreign !== undefined, `${what} what no call sent: ${foreign?.text}`),
    ...when(resets > Math.max(0, calls.length - 1), `${what} ${resets} beginnings more, for ${calls.length} calls`),
    ...when(late !== undefined, `${what} after its end: ${late?.status} ${late?.text}`),
    ...when(
      turn.status !== 'failed' && moments.some(({ isTrouble }) => isTrouble),
      `${what} an error, though nothing of the provider's failed`,
    ),
  ];
}

/** [WF3] No word of a user or a model is in the history. */
function wordsIn({ turns, history }: Facts): string[] {
  if (history === null) return [];
  const words = new Set(turns.flatMap(({ prompt, reply }) => `${prompt} ${reply}`.match(/\p{L}{4,}/gu) ?? []));
  const found = [...words].filter((word) => new RegExp(`\\b${word}\\b`, 'i').test(history));
  return when(found.length > 0, `[WF3] the history holds ${found.join(', ')}`);
}
