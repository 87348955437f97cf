import type { Page } from '@playwright/test';
import { newChat, send } from '../acts.ts';
import type { Family } from '../measure.ts';
import { hasStatus, record, recorded } from '../recorder.ts';
import { slope } from '../statistics.ts';

const RATES = [50, 250, 1_000, 2_500];

/** Characters a second in the page, as a ratio to the same stream read directly: the slope, so that no end counts. */
export const tokenRate: Family = {
  name: 'token rate',
  rounds: { full: 3, quick: 1 },
  when: 'together',
  async prepare({ tab, direct, say, quick }) {
    const seconds = quick ? 2 : 4;
    const kept = new Map(RATES.map((rate) => [rate, [] as number[]]));
    const speed = async (page: Page) => {
      await hasStatus(page, 'completed');
      const { moments } = await recorded(page);
      return slope(moments.map(({ at, length }) => ({ x: at - moments[0]!.at, y: length })).filter(({ y }) => y > 0));
    };
    return {
      async sample() {
        for (const [rate, ratios] of kept) {
          const prompt = say(`steady rate=${rate} tokens=${rate * seconds}`);
          await direct.type(prompt);
          await record(direct.page, prompt);
          await direct.send();
          const directly = await speed(direct.page);
          await newChat(tab);
          await send(tab, prompt);
          ratios.push((await speed(tab.page)) / directly);
        }
      },
      lines: () =>
        [...kept].map(([rate, samples]) => ({
          what: `token rate kept at ${rate} tok/s`,
          unit: '× direct',
          budget: [{ at: 'min', least: 0.99 }],
          samples,
        })),
    };
  },
};
