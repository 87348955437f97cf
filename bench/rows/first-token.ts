import type { Page } from '@playwright/test';
import { newChat } from '../acts.ts';
import type { Family, Line } from '../measure.ts';
import { hasStatus, record, recorded } from '../recorder.ts';
import { median } from '../statistics.ts';

const SCENARIO = 'steady tokens=12 rate=100 firstMs=20';

/** From the click, in milliseconds; the store's times are whole ones. */
const HOPS = ['taken', 'opened', 'model called', 'first token sent', 'shown'] as const;
type Hops = Record<(typeof HOPS)[number], number>;

/** Click → first character in the page, less the yardstick's median: what Parley adds to the provider's own time. */
export const firstToken: Family = {
  name: 'first token',
  rounds: { full: 60, quick: 20 },
  when: 'together',
  async prepare({ tab, direct, endpoint, app, say }) {
    const directly: number[] = [];
    const turns = { first: [] as Hops[], later: [] as Hops[] };

    async function timeDirect(): Promise<number> {
      const prompt = say(SCENARIO);
      await direct.type(prompt);
      await record(direct.page, prompt);
      await direct.send();
      return (await shown(direct.page)).after;
    }

    async function timeTurn(): Promise<Hops> {
      const prompt = say(SCENARIO);
      await tab.box.fill(prompt);
      await record(tab.page, prompt);
      await tab.button('Send').click();
      const { after, clickedAt } = await shown(tab.page);
      const turn = (await app.store.turn(await tab.idOf(prompt)))!;
      const call = (await endpoint.callsOf(prompt))[0]!;
      return {
        taken: Date.parse(turn.createdAt) - clickedAt,
        opened: Date.parse(turn.startedAt!) - clickedAt,
        'model called': call.at - clickedAt,
        'first token sent': call.firstTokenAt! - clickedAt,
        shown: after,
      };
    }

    return {
      async sample() {
        await endpoint.reset();
        directly.push(await timeDirect());
        await newChat(tab);
        turns.first.push(await timeTurn());
        turns.later.push(await timeTurn());
      },
      lines() {
        const yardstick = median(directly);
        const line = (which: string, hops: Hops[]): Line => ({
          what: `first token, ${which}: click → page, added to a direct call`,
          unit: 'ms',
          budget: [
            { at: 'p50', most: 45 },
            { at: 'p95', most: 120 },
          ],
          samples: hops.map(({ shown }) => shown - yardstick),
          direct: directly,
          note: HOPS.map((hop) => `${hop} ${median(hops.map((each) => each[hop])).toFixed(0)}`).join(', '),
        });
        return [line('turn 1', turns.first), line('later turns', turns.later)];
      },
    };
  },
};

async function shown(page: Page): Promise<{ after: number; clickedAt: number }> {
  await hasStatus(page, 'completed');
  const { clickedAt, moments } = await recorded(page);
  const first = moments.find(({ at, length }) => at > clickedAt! && length > 0);
  return { after: first!.at - clickedAt!, clickedAt: clickedAt! };
}
