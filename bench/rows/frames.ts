import { clickedAt, newChat, send } from '../acts.ts';
import type { Family } from '../measure.ts';
import { grownTo, hasStatus, markedUntilGrownBy, record, recorded } from '../recorder.ts';
import { workPerFrame } from '../trace.ts';

const FROM = 50_000;
const BY = 30_000;

/** The page near the end of a reply of 80 KB of Markdown that comes at 2,500 tokens a second, and a Stop then. */
export const frames: Family = {
  name: 'frames',
  rounds: { full: 10, quick: 3 },
  when: 'together',
  async prepare({ browser, tab, say }) {
    const work: number[] = [];
    const answered: number[] = [];
    return {
      async sample() {
        await newChat(tab);
        const prompt = say('endless rate=2500 markdown=1');
        await send(tab, prompt);
        await grownTo(tab.page, FROM);
        work.push(...(await workPerFrame(browser, tab.page, () => markedUntilGrownBy(tab.page, BY))));
        await record(tab.page, prompt);
        await tab.button('Stop').click();
        await hasStatus(tab.page, 'stopped');
        const { moments } = await recorded(tab.page);
        answered.push(moments.find(({ status }) => status === 'stopped')!.at - (await clickedAt(tab.page)));
      },
      lines: () => [
        {
          what: `80 KB of Markdown at 2,500 tok/s: work a frame with text, the last ${BY / 1000} KB`,
          unit: 'ms',
          budget: [{ at: 'p95', most: 8 }],
          samples: work,
        },
        {
          what: '80 KB of Markdown at 2,500 tok/s: click on Stop → shown',
          unit: 'ms',
          budget: [{ at: 'max', most: 200 }],
          samples: answered,
        },
      ],
    };
  },
};
