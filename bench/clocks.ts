import { clock } from '#tests/support/call-log.ts';
import { askEndpoint } from '#tests/support/chat-call.ts';
import type { Setting } from './setting.ts';

const LOOKS = 20;
/** What another process said of the time, and when it was asked and had answered, by our clock. */
type Look = { asked: number; theirs: number; answered: number };

/**
 * Page, endpoint and this process tell the wall clock as `timeOrigin + now()`, which begins with the system's and goes on
 * with its monotonic one: equal on one machine unless the clock is set in between. How far they are from ours, in words:
 * what each said against the middle of the question's way, where that way was shortest.
 */
export async function clocksInWords({ endpoint, direct: { page }, say }: Setting): Promise<string> {
  const ofPage = await apart(async () => {
    const asked = clock();
    const theirs = await page.evaluate(() => performance.timeOrigin + performance.now());
    return { asked, theirs, answered: clock() };
  });
  const ofEndpoint = await apart(async () => {
    const prompt = say('burst tokens=1');
    const asked = clock();
    await (await askEndpoint(endpoint, prompt)).text();
    const answered = clock();
    return { asked, theirs: (await endpoint.callsOf(prompt))[0]!.at, answered };
  });
  return `Clocks, against this process's: page ${ofPage}, endpoint ${ofEndpoint}.`;
}

async function apart(look: () => Promise<Look>): Promise<string> {
  const looks = [await look()];
  while (looks.length < LOOKS) looks.push(await look());
  const { asked, theirs, answered } = looks.reduce((a, b) => (a.answered - a.asked <= b.answered - b.asked ? a : b));
  return `${(theirs - (asked + answered) / 2).toFixed(1)} ± ${((answered - asked) / 2).toFixed(1)} ms`;
}
