import { Client, Connection } from '@temporalio/client';
import { v7 } from 'uuid';
import { until } from '#tests/support/until.ts';
import { ended, sendTurn } from '../api.ts';
import type { Family } from '../measure.ts';
import { slope } from '../statistics.ts';

type Size = { events: number; bytes: number };

/** What a plain turn costs in Temporal's history, by Temporal's own count, over one long conversation. */
export const history: Family = {
  name: 'history',
  rounds: { full: 40, quick: 10 },
  when: 'together',
  async prepare({ app, say }) {
    const connection = await Connection.connect({ address: `127.0.0.1:${app.portOf('temporal')}` });
    const { workflow } = new Client({ connection });
    const conversationId = v7();
    const costs: Size[] = [];
    let before: Size = { events: 0, bytes: 0 };

    /** Once the workflow has taken the turn's result: its last task is complete. */
    async function settled(): Promise<Size> {
      let last = '';
      return until(async () => {
        const { historyLength, historySize = 0, raw } = await workflow.getHandle(conversationId).describe();
        const seen = `${historyLength} ${raw.pendingActivities?.length ?? 0} ${raw.pendingWorkflowTask ? 1 : 0}`;
        const isAtRest = seen === last && seen.endsWith(' 0 0');
        last = seen;
        return isAtRest && { events: historyLength, bytes: historySize };
      });
    }

    return {
      async sample() {
        await ended(app, await sendTurn(app, conversationId, say('steady tokens=8')));
        const now = await settled();
        costs.push({ events: now.events - before.events, bytes: now.bytes - before.bytes });
        before = now;
      },
      lines() {
        // The first turn has the workflow's begin in it.
        const grows = (of: keyof Size) => slope(costs.slice(1).map((cost, at) => ({ x: at, y: cost[of] })));
        const line = (of: keyof Size, most: number, slopeMost: number) => [
          {
            what: `history of a turn: ${of}`,
            unit: of,
            budget: [{ at: 'max' as const, most }],
            samples: costs.map((cost) => cost[of]),
          },
          {
            what: `history of a turn: slope over ${costs.length} turns`,
            unit: `${of} a turn`,
            budget: [{ at: 'max' as const, most: slopeMost }],
            samples: [grows(of)],
          },
        ];
        // Ids of events grow by a digit; that is a byte now and then, not one a turn.
        return [...line('events', 12, 0), ...line('bytes', 2_048, 1)];
      },
      close: () => connection.close(),
    };
  },
};
