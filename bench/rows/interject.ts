import { clickedAt, newChat, send } from '../acts.ts';
import type { Family } from '../measure.ts';
import { grownTo, hasStatus, record } from '../recorder.ts';

/** Click on Interject while text streams → the new model call begins at the endpoint, by its clock. */
export const interject: Family = {
  name: 'interject',
  rounds: { full: 50, quick: 8 },
  when: 'together',
  async prepare({ tab, direct, endpoint, say }) {
    const took = { direct: [] as number[], app: [] as number[] };
    const begun = (prompt: string) => endpoint.until((calls) => calls.find((call) => call.prompt === prompt));
    return {
      async sample() {
        await endpoint.reset();
        const [before, prompt] = [say('endless rate=100'), say('steady tokens=4')];
        await direct.type(prompt);
        await record(direct.page, prompt);
        await direct.send();
        took.direct.push((await begun(prompt)).at - (await clickedAt(direct.page)));
        await endpoint.reset();

        await newChat(tab);
        await send(tab, before);
        await grownTo(tab.page, 50);
        await send(tab, prompt, { by: 'Interject' });
        took.app.push((await begun(prompt)).at - (await clickedAt(tab.page)));
        await hasStatus(tab.page, 'completed');
      },
      lines: () => [
        {
          what: 'interject: click → new model call begins',
          unit: 'ms',
          budget: [{ at: 'p50', most: 60 }],
          samples: took.app,
          direct: took.direct,
        },
      ],
    };
  },
};
