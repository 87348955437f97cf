import type { ConversationPage } from '#tests/browser/conversation-page.ts';
import { clickedAt, closedCall, newChat, send } from '../acts.ts';
import type { Family } from '../measure.ts';
import { grownTo, hasStatus, record, recorded } from '../recorder.ts';
import { median } from '../statistics.ts';

/** So many turns in one conversation: a long page would be timed as well. */
const TURNS = { full: 10, quick: 8 };
const GROWN = 150;

/** Click → the provider's socket is closed, by the endpoint's clock; and what two pages showed, against the final record. */
export const stop: Family = {
  name: 'stop',
  rounds: { full: 10, quick: 1 },
  when: 'together',
  async prepare({ tab, openTab, direct, endpoint, app, say, quick }) {
    const took = { direct: [] as number[], app: [] as number[] };
    const stored: number[] = [];
    const beyond: number[] = [];

    async function stopDirect(): Promise<number> {
      const prompt = say(SCENARIO);
      await direct.type(prompt);
      await record(direct.page, prompt);
      await direct.send();
      await grownTo(direct.page, GROWN);
      await direct.stop();
      return (await closedCall(endpoint, prompt)).closedAt! - (await clickedAt(direct.page));
    }

    async function stopTurn(other: ConversationPage): Promise<number> {
      const prompt = say(SCENARIO);
      await send(tab, prompt);
      await record(other.page, prompt);
      for (const { page } of [tab, other]) await grownTo(page, GROWN);
      await tab.button('Stop').click();
      const { closedAt } = await closedCall(endpoint, prompt);
      for (const { page } of [tab, other]) await hasStatus(page, 'stopped');
      const turn = (await app.store.turn(await tab.idOf(prompt)))!;
      for (const { page } of [tab, other]) {
        const { moments } = await recorded(page);
        beyond.push(Math.max(...moments.map(({ length }) => length)) - turn.reply.length);
      }
      const clicked = await clickedAt(tab.page);
      stored.push(Date.parse(turn.endedAt!) - clicked);
      return closedAt! - clicked;
    }

    return {
      async sample() {
        await newChat(tab);
        await send(tab, say('steady tokens=1'));
        const other = await openTab(await conversationIdOf(tab));
        for (let turn = 0; turn < TURNS[quick ? 'quick' : 'full']; turn++) {
          await endpoint.reset();
          took.direct.push(await stopDirect());
          took.app.push(await stopTurn(other));
        }
        await other.page.close();
      },
      lines: () => [
        {
          what: 'Stop: click → provider’s socket closed',
          unit: 'ms',
          budget: [
            { at: 'p50', most: 20 },
            { at: 'p99', most: 120 },
          ],
          samples: took.app,
          direct: took.direct,
          note: `ended in the store after ${median(stored).toFixed(0)}`,
        },
        {
          what: 'Stop: text shown beyond the final record, two pages',
          unit: 'characters',
          budget: [{ at: 'max', most: 0 }],
          samples: beyond,
        },
      ],
    };
  },
};

const SCENARIO = 'endless rate=200';

async function conversationIdOf(tab: ConversationPage): Promise<string> {
  await tab.page.waitForURL(/\/c\//);
  return tab.conversationId;
}
