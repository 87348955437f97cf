import { setTimeout as pause } from 'node:timers/promises';
import { clock } from '#tests/support/call-log.ts';
import { expectedReply } from '#tests/support/scenario-options.ts';
import { newChat, send } from '../acts.ts';
import type { Family } from '../measure.ts';
import { hasStatus, recorded } from '../recorder.ts';

/** A worker that lived so long is started again at once; the launcher lets one wait that dies young. */
const LIVED_MS = 10_500;
const LONGEST_MS = 1_500;

/** kill -9 of the worker at a random moment of a turn → the page shows text of the attempt that follows. */
export const workerKilled: Family = {
  name: 'worker killed',
  rounds: { full: 10, quick: 2 },
  when: 'disturbing',
  async prepare({ tab, app, endpoint, say }) {
    const took: number[] = [];
    const wrong: number[] = [];
    let killedAt = performance.now();
    await tab.page.evaluate(() => void Object.assign(window, { isMarked: true }));

    return {
      async sample() {
        await pause(Math.max(0, killedAt + LIVED_MS - performance.now()));
        const prompt = say('steady firstMs=200 rate=60 tokens=100 vary=1');
        await newChat(tab);
        await send(tab, prompt, { keepsText: true });
        await pause(Math.random() * LONGEST_MS);
        const killed = clock();
        await app.kill('worker');
        killedAt = performance.now();
        await hasStatus(tab.page, 'completed');
        const calls = await endpoint.callsOf(prompt);
        const last = calls.at(-1)!;
        const whole = expectedReply(prompt, { nth: last.nth });
        const { moments } = await recorded(tab.page);
        // A second attempt's text is its own, so the first of its characters is known by what it begins.
        const again = moments.find(({ at, text }) => at > killed && text && text !== '' && whole.startsWith(text));
        took.push(again!.at - killed);
        const isMarked = await tab.page.evaluate(() => 'isMarked' in window);
        const isWhole = (await tab.text(prompt)) === whole;
        wrong.push(isMarked && isWhole && calls.length <= 2 ? 0 : 1);
      },
      lines: () => [
        {
          what: 'worker killed at a random moment → text flows again, its restart included',
          unit: 'ms',
          budget: [{ at: 'max', most: 4_000 }],
          samples: took,
        },
        {
          what: 'worker killed: page reloaded, text wrong, or more than one call too many',
          unit: '',
          budget: [{ at: 'max', most: 0 }],
          samples: wrong,
        },
      ],
    };
  },
};
