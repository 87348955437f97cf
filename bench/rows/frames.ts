import type { Page } from '@playwright/test';
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
    const drawing: number[] = [];
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
        drawing.push(...(await workPerFrame(browser, tab.page, () => drawAgain(tab.page))));
      },
      lines: () => [
        {
          what: `80 KB of Markdown at 2,500 tok/s: work a frame with text, the last ${BY / 1000} KB`,
          unit: 'ms',
          budget: [{ at: 'p95', most: 8 }],
          samples: work,
          direct: drawing,
          note: 'direct: the same elements put into the page as they are, without a socket, Markdown or React',
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

/** As often as text comes, and as much of it each time. */
const PIECE = { everyMs: 33, length: 360 };

/** Takes the last blocks of the reply out of the page and puts them back as they came: what only the browser's drawing takes. */
const drawAgain = (page: Page): Promise<void> =>
  page.evaluate(
    async ({ by, piece }) => {
      window.recorder?.observer.disconnect();
      const reply = [...document.querySelectorAll('[data-part="reply"]')].at(-1)!;
      const scroller = reply.closest('section')!;
      const taken: { passage: Element; block: Element; length: number }[] = [];
      for (let left = by; left > 0 && reply.lastElementChild?.lastElementChild;) {
        const passage = reply.lastElementChild;
        const block = passage.lastElementChild!;
        const { length } = block.textContent;
        taken.push({ passage, block, length });
        left -= length;
        block.remove();
        if (passage.childElementCount === 0) passage.remove();
      }
      // As while it grows: what is out of sight is passed over.
      for (const far of [...reply.children].slice(0, -3)) far.classList.add('far');
      for (let due = 0; taken.length > 0;) {
        for (due += piece.length; taken.length > 0 && due > 0;) {
          const { passage, block, length } = taken.pop()!;
          passage.append(block);
          if (!passage.isConnected) reply.append(passage);
          due -= length;
        }
        for (const far of [...reply.children].slice(-6, -3)) far.classList.add('far');
        scroller.scrollTop = scroller.scrollHeight;
        performance.mark('text shown');
        await new Promise((resolve) => setTimeout(resolve, piece.everyMs));
      }
    },
    { by: BY, piece: PIECE },
  );
