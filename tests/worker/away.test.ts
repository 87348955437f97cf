import { v7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Turn } from '#lib/protocol/turn.ts';
import type { Call } from '#tests/support/call-log.ts';
import { readHistories, type HistoryReader } from '#tests/support/history.ts';
import { prepareParley, type Parley } from '#tests/support/parley.ts';
import { expectedReply } from '#tests/support/scenario-options.ts';
import { startTemporal, type TemporalServer } from '#tests/support/temporal.ts';
import { until } from '#tests/support/until.ts';
import type { Sent } from '#tests/support/user.ts';
import { startWorkerProcess, type WorkerProcess } from '#tests/support/worker-process.ts';

/** These tests tell one story: Temporal goes in the middle of turns, and comes back after its own time-outs. */
const FLOWING = 'scenario:hold after=800 rate=100 tokens=900 seed=1101';
const SENT_AWAY = 'scenario:steady tokens=10 seed=1103';

let temporal: TemporalServer;
let parley: Omit<Parley, 'worker'>;
let worker: WorkerProcess;
let histories: HistoryReader;
const flowingIn = v7();
/** By the machine's clock, which is Temporal's too. */
let backAt: number;
let flowing: Sent;
let waiting: Sent;
beforeAll(async () => {
  temporal = await startTemporal();
  // A stream that is held is silent for as long as all this takes.
  const env = { MODEL_IDLE_TIMEOUT_MS: '600000' };
  parley = await prepareParley({ temporalAddress: temporal.address, env });
  histories = readHistories(temporal.address);
  worker = startWorkerProcess(parley.env);
  await worker.ready();
});
afterAll(async () => {
  await histories.close();
  await worker.close();
  await parley.close();
  await temporal.close();
});

/** Where a turn may be when Temporal goes, and how one sees that it is there. */
const PLACES: [string, (turn: Turn, call: Call) => boolean][] = [
  ['endless rate=50', ({ reply }) => reply.length > 60],
  ['gate-first', (_, { held }) => held],
  ['silent-before-headers', () => true],
  ['fail status=503 retryAfter=25', ({ retry }) => retry !== null],
];

test.each(PLACES)(
  '[STOP2] while Temporal hangs, a Stop of %s is final, and no socket stays open',
  async (scenario, isThere) => {
    const { user, endpoint } = parley;
    const sent = await Promise.all(
      Array.from({ length: 5 }, async (_, at) => {
        const [conversation, prompt] = [v7(), `scenario:${scenario} seed=${1_110 + at}`];
        const { turnId } = await user.send(conversation, prompt);
        const call = await endpoint.until((calls) => calls.find((known) => known.prompt === prompt));
        await until(async () => isThere(await user.turn(turnId), (await endpoint.callsOf(prompt))[0] ?? call));
        return { conversation, prompt, turnId };
      }),
    );
    temporal.freeze();
    const stop = ({ conversation, turnId }: (typeof sent)[number]) =>
      user.stop(conversation, turnId, { signal: false });
    const answers = await Promise.all(sent.map((one) => Promise.all([stop(one), stop(one)])));
    for (const [at, { prompt }] of sent.entries()) {
      expect(answers[at]![0].status).toBe('stopped');
      expect(answers[at]![1]).toEqual(answers[at]![0]);
      await endpoint.until((calls) => calls.find((call) => call.prompt === prompt && call.endedBy), 20_000);
    }
    const [{ conversation, turnId }] = sent as [(typeof sent)[number]];
    await expect(user.temporal.requestStop(conversation, { turnId })).rejects.toThrow();
    temporal.thaw();
    // Told late, by the outbox, the workflow goes on.
    const next = await user.send(conversation, `scenario:steady tokens=3 seed=1104 ${scenario.slice(0, 4)}`);
    expect((await user.ended(next.turnId)).status).toBe('completed');
    for (const [at, one] of sent.entries()) {
      expect(await user.turn(one.turnId)).toEqual(answers[at]![0]);
      expect(await endpoint.callsOf(one.prompt)).toHaveLength(1);
    }
  },
);

test('[ACT6] while Temporal is away, text runs on', async () => {
  const { user, endpoint } = parley;
  flowing = await user.send(flowingIn, FLOWING);
  await user.when(flowing.turnId, ({ reply }) => reply.length > 60);
  await temporal.kill();
  // Longer than the heartbeat's time-out, 6 s: 800 tokens take 8 s.
  await user.when(flowing.turnId, ({ reply }) => reply === expectedReply(FLOWING, { tokens: 800 }), 30_000);
  expect(await endpoint.callsOf(FLOWING)).toHaveLength(1);
});

test('[SEND1] a message sent while Temporal is away is kept', async () => {
  const { user, endpoint } = parley;
  waiting = await user.send(v7(), SENT_AWAY, { signal: false });
  await expect(user.signal(v7(), waiting)).rejects.toThrow();
  expect((await user.turn(waiting.turnId)).status).toBe('queued');
  expect(await endpoint.callsOf(SENT_AWAY)).toEqual([]);
});

test('[WRK1] a worker that starts while Temporal is away serves its gateway, and then works', async () => {
  // Of another Parley: its outbox must not take this one's waiting message for its own task queue.
  const other = await prepareParley({ temporalAddress: temporal.address });
  const second = startWorkerProcess(other.env);
  try {
    const port = await until(() => /"port":(\d+)/.exec(second.output())?.[1], {
      timeoutMs: 20_000,
      seen: second.output,
    });
    const health = async () =>
      (await (await fetch(`http://127.0.0.1:${port}/health`)).json()) as { worker: { state: string } };
    await until(async () => (await health()).worker.state === 'away', { timeoutMs: 20_000 });
    backAt = Date.now();
    await temporal.start();
    await second.ready();
    await until(async () => (await health()).worker.state === 'ok');
  } finally {
    await second.close();
    await other.close();
  }
});

test('[ACT6] when Temporal is back, it has the stream again: no second call, nothing begins again', async () => {
  const { user, endpoint } = parley;
  const beatSince = async () => {
    const last = await histories.beatOf(flowingIn);
    return last && last.at > backAt && last;
  };
  const { attempt } = await until(beatSince, { timeoutMs: 50_000, seen: worker.output });
  // An attempt that is heard of before Temporal looks at its time-out was never given up.
  if (attempt > 1) await until(() => worker.output().includes('adopted the stream'), { seen: worker.output });
  await endpoint.release(FLOWING);
  expect(await user.ended(flowing.turnId)).toMatchObject({
    status: 'completed',
    reply: expectedReply(FLOWING),
    error: null,
  });
  expect(await endpoint.callsOf(FLOWING)).toHaveLength(1);
  expect((await user.log(flowing.turnId)).filter(({ chunk }) => chunk.type === 'reset-step')).toEqual([]);
});

test('[OB1] when Temporal is back, the message sent meanwhile is answered', async () => {
  const { user } = parley;
  expect(await user.ended(waiting.turnId, 30_000)).toMatchObject({
    status: 'completed',
    reply: expectedReply(SENT_AWAY),
  });
});
