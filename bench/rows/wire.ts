import { v7 } from 'uuid';
import { ended, sendTurn } from '../api.ts';
import type { Family } from '../measure.ts';
import { openRawViewer } from '../raw-viewer.ts';

const RATE = 2_500;

/** Bytes that one viewer's TCP socket reads for a reply, and for one of ten times the tokens. */
export const wire: Family = {
  name: 'wire',
  rounds: { full: 2, quick: 1 },
  when: 'together',
  async prepare({ app, say, quick }) {
    const tokens = quick ? 2_000 : 4_000;
    const ratios: number[] = [];
    const read: string[] = [];
    const bytesFor = async (count: number) => {
      const conversationId = v7();
      const viewer = await openRawViewer(app.gatewayUrl, conversationId);
      const before = viewer.bytesRead();
      await ended(app, await sendTurn(app, conversationId, say(`steady rate=${RATE} tokens=${count}`)));
      const bytes = viewer.bytesRead() - before;
      viewer.close();
      return bytes;
    };
    return {
      async sample() {
        // What any turn costs: its row as it waits, runs and ends, and the list's.
        const fixed = await bytesFor(1);
        const [once, tenfold] = [await bytesFor(tokens), await bytesFor(10 * tokens)];
        ratios.push((tenfold - fixed) / (once - fixed));
        read.push(`${fixed}, ${once}, ${tenfold}`);
      },
      lines: () => [
        {
          what: `bytes on the wire for ${10 * tokens} tokens, by those for ${tokens}, each without a turn’s fixed cost`,
          unit: '×',
          budget: [
            { at: 'min', least: 9.5 },
            { at: 'max', most: 10.5 },
          ],
          samples: ratios,
          note: `bytes of a turn of 1, ${tokens} and ${10 * tokens} tokens at ${RATE} tok/s: ${read.join('; ')}`,
        },
      ],
    };
  },
};
