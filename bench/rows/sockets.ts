import { v7 } from 'uuid';
import { ended, sendTurn } from '../api.ts';
import { memoryOf, type Memory } from '../inspector.ts';
import type { Family } from '../measure.ts';
import { openRawViewer, type RawViewer } from '../raw-viewer.ts';

const KIB = 1024;
const SLOW = 20;
const AT_ONCE = 20;
/** Longer than what the kernel takes for a socket that is not read, and sent before such a socket's ping times out. */
const REPLIES = 12;
const REPLY_BYTES = 390_000;

/** What a socket costs the worker's process: one that is idle, and one whose page does not read. */
export const sockets: Family = {
  name: 'socket memory',
  rounds: { full: 3, quick: 1 },
  when: 'together',
  async prepare({ app, say, quick, inspectorPort }) {
    const count = quick ? 300 : 1_000;
    const idle = { rss: [] as number[], held: [] as number[] };
    const slow = { rss: [] as number[], held: [] as number[] };
    const memory = async () => {
      const worker = (await app.processes()).find(({ name }) => name === 'worker')!;
      return memoryOf(worker.pid, inspectorPort);
    };
    /** A few at a time: a worker that is asked for a thousand at once loses some. */
    async function open(many: number, conversationId: () => string): Promise<RawViewer[]> {
      const viewers: RawViewer[] = [];
      while (viewers.length < many) {
        const some = Array.from({ length: AT_ONCE }, () => openRawViewer(app.gatewayUrl, conversationId()));
        viewers.push(...(await Promise.all(some)));
      }
      return viewers;
    }
    const note = (into: Record<keyof Memory, number[]>, before: Memory, after: Memory, many: number) => {
      for (const kind of ['rss', 'held'] as const) into[kind].push((after[kind] - before[kind]) / many / KIB);
    };

    async function sampleIdle(): Promise<void> {
      // What the first ones cost is the process's, not theirs: room that is kept, code that is compiled.
      const first = await open(count, v7);
      const before = await memory();
      const more = await open(count, v7);
      note(idle, before, await memory(), count);
      for (const viewer of [...first, ...more]) viewer.close();
    }

    async function sampleSlow(): Promise<void> {
      const conversationId = v7();
      const before = await memory();
      const viewers = await open(SLOW, () => conversationId);
      for (const viewer of viewers) viewer.pause();
      for (let reply = 0; reply < REPLIES; reply++) {
        await ended(app, await sendTurn(app, conversationId, say(`huge-event bytes=${REPLY_BYTES}`)));
      }
      note(slow, before, await memory(), SLOW);
      for (const viewer of viewers) viewer.close();
    }

    return {
      async sample() {
        await sampleIdle();
        await sampleSlow();
      },
      lines: () => [
        {
          what: `idle socket, of ${count} beside ${count}: the worker’s resident memory`,
          unit: 'KiB',
          budget: [{ at: 'p50', most: 40 }],
          samples: idle.rss,
          note: `${idle.held.map((each) => each.toFixed(1)).join(', ')} KiB held in heap and buffers`,
        },
        {
          what: `slow viewer, of ${SLOW}: the worker’s resident memory`,
          unit: 'KiB',
          budget: [{ at: 'max', most: KIB }],
          samples: slow.rss,
          note: `${slow.held.map((each) => each.toFixed(1)).join(', ')} KiB held in heap and buffers`,
        },
      ],
    };
  },
};
