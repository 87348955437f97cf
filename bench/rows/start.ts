import { v7 } from 'uuid';
import { launchApp } from '#tests/browser/launched-app.ts';
import { ended, sendTurn } from '../api.ts';
import type { Family } from '../measure.ts';
import { memoryOfGroup, type GroupMemory } from '../process-memory.ts';
import { median } from '../statistics.ts';

/** `npm start` as it is without a key: how long until its address is printed, and its memory after a chat. */
export const start: Family = {
  name: 'start',
  rounds: { full: 5, quick: 1 },
  when: 'alone',
  async prepare() {
    const took: number[] = [];
    const memory: GroupMemory[] = [];
    const middle = (pick: (one: GroupMemory) => number) => Math.round(median(memory.map(pick)));
    return {
      async sample() {
        const begunAt = performance.now();
        const app = await launchApp({ MODEL_SOURCE: 'embedded' }, { by: 'npm' });
        took.push(performance.now() - begunAt);
        const turn = await ended(app, await sendTurn(app, v7(), 'What is the capital of France?'), 120_000);
        // A reply that reached the small model's limit is an answer too: what counts here is that it was loaded and has run.
        if (turn.reply === '') throw new Error(`The embedded model did not answer: ${turn.error?.message}`);
        memory.push(await memoryOfGroup(await app.processes()));
        await app.close();
      },
      lines: () => [
        {
          what: '`npm start`, installed and built → healthy, its address printed',
          unit: 's',
          budget: [{ at: 'p95', most: 10 }],
          samples: took.map((ms) => ms / 1000),
        },
        {
          what: 'all processes, npm among them, after a chat with the embedded model',
          unit: 'MiB',
          budget: [{ at: 'p50', most: 900 }],
          samples: memory.map(({ alone }) => alone),
          note: [
            'what they share counted once',
            `resident sets summed ${middle(({ rss }) => rss)}, proportional ${middle(({ pss }) => pss)}`,
            `own: ${[...memory[0]!.byName.keys()].map((name) => `${name} ${middle(({ byName }) => byName.get(name)!)}`).join(', ')}`,
          ].join('; '),
        },
      ],
    };
  },
};
