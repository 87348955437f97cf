import { isOutcome, type Status } from '#lib/protocol/turn.ts';
import type { Call } from '#tests/support/call-log.ts';
import type { Fault } from './faults.ts';
import type { Moment } from './recorded-page.ts';
import type { Watched } from './watched.ts';

/**
 * How long each page of these conversations was without growing text after a fault: from the kill to the first text that
 * only a call after it has sent, in a turn that was open at the kill. A page without one counts nothing.
 */
export async function recoveriesMs(
  { at }: Pick<Fault, 'at'>,
  conversations: readonly Watched[],
  calls: readonly Call[],
): Promise<number[]> {
  const textsWhen = (isMeant: (call: Call) => boolean) => calls.filter(isMeant).map(({ textSent }) => textSent);
  const [before, after] = [textsWhen((call) => call.at <= at), textsWhen((call) => call.at > at)];
  const isNew = (text: string) =>
    text !== '' && after.some((one) => one.startsWith(text)) && !before.some((one) => one.startsWith(text));
  const pages = (await Promise.all(conversations.map((watched) => watched.moments()))).flat();
  return pages.flatMap((moments) => {
    const open = openAt(at, moments);
    const grown = moments.find((moment) => moment.at > at && open.has(moment.turnId) && isNew(moment.text));
    return grown ? [Math.round(grown.at - at)] : [];
  });
}

function openAt(at: number, moments: readonly Moment[]): Set<string> {
  const last = new Map<string, string>();
  for (const moment of moments) if (moment.at <= at) last.set(moment.turnId, moment.status);
  return new Set([...last].flatMap(([turnId, status]) => (isOutcome(status as Status) ? [] : [turnId])));
}
