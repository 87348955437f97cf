import type { Logger } from 'pino';
import { startLiveStream, type LiveStream, type StreamDeps, type StreamStart } from './live-stream.ts';

/** The store is told that this process's turns live, and asked whether they still run, at least so often. */
const LOOK_MS = 1_000;

const keyOf = (turnId: string, step: number) => `${turnId}/${step}`;

/** The model calls of this process, by turn and step. */
export type LiveStreams = ReturnType<typeof createLiveStreams>;

export function createLiveStreams(deps: StreamDeps & { log: Logger }) {
  const streams = new Map<string, LiveStream>();
  const acquiring = new Map<string, Promise<unknown>>();

  /** Ends the streams whose turn has its outcome: a Stop reaches the provider so, Temporal or not [STOP2]. */
  async function look(): Promise<void> {
    const ended = await deps.store.log.endedAmong([...new Set([...streams.values()].map((stream) => stream.turnId))]);
    for (const stream of streams.values()) {
      const outcome = ended.get(stream.turnId);
      if (outcome) stream.abort(outcome);
    }
  }

  async function tick(): Promise<void> {
    await deps.store.log.keepAlive([...streams.values()].map(({ turnId, fence }) => ({ turnId, fence })));
    await look();
  }

  const trouble = (error: unknown) =>
    deps.log.error({ error: String(error) }, 'the store did not answer; live turns are looked at again');
  const onStirred = () => {
    if (streams.size > 0) look().catch(trouble);
  };
  deps.feed.on('stirred', onStirred);
  // One at a time: in a queue for a locked store they would stand before the appends.
  let isTicking = false;
  const timer = setInterval(() => {
    if (streams.size === 0 || isTicking) return;
    isTicking = true;
    tick()
      .catch(trouble)
      .finally(() => (isTicking = false));
  }, LOOK_MS);

  return {
    find: (turnId: string, step: number) => streams.get(keyOf(turnId, step)),
    /**
     * One attempt at a step acquires its stream after the other: one that asked the store while another was being opened
     * here would not find that one's stream, and make a second call [ACT6].
     */
    async inTurn<T>(turnId: string, step: number, acquire: () => Promise<T>): Promise<T> {
      const key = keyOf(turnId, step);
      const before = acquiring.get(key) ?? Promise.resolve();
      const acquired = before.then(acquire);
      const over = acquired.then(
        () => {},
        () => {}, // the attempt's own matter
      );
      acquiring.set(key, over);
      void over.then(() => acquiring.get(key) === over && acquiring.delete(key));
      return acquired;
    },
    start(start: StreamStart): LiveStream {
      const key = keyOf(start.turnId, start.step);
      const stream = startLiveStream(deps, start);
      streams.set(key, stream);
      void stream.result.finally(() => {
        if (streams.get(key) === stream) streams.delete(key);
      });
      return stream;
    },
    get size() {
      return streams.size;
    },
    async close(): Promise<void> {
      clearInterval(timer);
      deps.feed.off('stirred', onStirred);
      const open = [...streams.values()];
      for (const stream of open) stream.abort();
      await Promise.allSettled(open.map((stream) => stream.result));
    },
  };
}
