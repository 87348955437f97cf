import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { v7 } from 'uuid';
import { expect, onTestFinished, test } from 'vitest';
import { limitFiles } from '#tests/support/no-room.ts';
import { prepareParley } from '#tests/support/parley.ts';
import { expectedReply } from '#tests/support/scenario-options.ts';
import { holdStore } from '#tests/support/store-holder.ts';
import { startWorkerProcess, type WorkerProcess } from '#tests/support/worker-process.ts';
import { databaseFile } from '#lib/store/database.ts';

const HOUR = 3_600_000;
const PRELOAD = new URL('../support/shifted-clock.mjs', import.meta.url).href;

/** A real worker process beside whom a user sends; both are gone at the test's end. */
async function parleyWithWorker(more: Record<string, string> = {}) {
  const parley = await prepareParley();
  const worker = startWorkerProcess({ ...parley.env, ...more });
  onTestFinished(async () => {
    await worker.close();
    await parley.close();
  });
  await worker.ready();
  return { ...parley, worker };
}

/** Ends the trouble. */
type Mend = () => Promise<void>;

const TROUBLES: [
  what: string,
  isPossible: boolean,
  begin: (worker: WorkerProcess, dataDir: string) => Promise<Mend>,
][] = [
  [
    'is locked by another process',
    true,
    async (_, dataDir) => (await holdStore(databaseFile(dataDir), 'writing')).letGo,
  ],
  [
    'takes no write (a limit on files, which needs Linux)',
    process.platform === 'linux',
    async ({ pid }) => {
      limitFiles([pid], 0);
      return async () => limitFiles([pid], 'unlimited');
    },
  ],
];

for (const [what, isPossible, begin] of TROUBLES) {
  test.skipIf(!isPossible)(
    `[STO1] [LOG3] a store that ${what} while text streams: all of it is there after`,
    async () => {
      const { user, endpoint, env, worker } = await parleyWithWorker();
      const prompt = 'scenario:hold after=120 tokens=140 rate=60 unicode=1 seed=1401';
      const { turnId } = await user.send(v7(), prompt);
      await user.when(turnId, ({ reply }) => reply.length > 20);
      const mend = await begin(worker, env.DATA_DIR ?? '');
      const { reply: before } = await user.turn(turnId);
      await endpoint.until((calls) => calls.find((call) => call.prompt === prompt && call.held));
      const { reply, status } = await user.turn(turnId);
      expect([status, reply.startsWith(before), expectedReply(prompt).startsWith(reply)]).toEqual([
        'running',
        true,
        true,
      ]);
      expect(reply.length).toBeLessThan(expectedReply(prompt, { tokens: 120 }).length);
      await mend();
      await user.when(turnId, (turn) => turn.reply === expectedReply(prompt, { tokens: 120 }));
      await endpoint.release(prompt);
      expect(await user.ended(turnId)).toMatchObject({
        status: 'completed',
        reply: expectedReply(prompt),
        error: null,
      });
      expect(await endpoint.callsOf(prompt)).toHaveLength(1);
    },
  );
}

for (const [where, ms] of [
  ['back', -HOUR],
  ['forward', HOUR],
] as const) {
  test(`[CLK1] [CLK2] the worker’s clock jumps an hour ${where}: what streams, waits, is tried again or lost its signal is answered, in order`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'parley-clock-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'clock');
    await writeFile(file, '0');
    const { user, endpoint } = await parleyWithWorker({ NODE_OPTIONS: `--import=${PRELOAD}`, CLOCK_FILE: file });
    const conversation = v7();
    const streams = 'scenario:hold after=10 tokens=30 seed=1411';
    const waits = 'scenario:fail status=503 times=1 seed=1412';
    const lost = 'scenario:steady seed=1413';
    const first = await user.send(conversation, streams);
    await user.when(first.turnId, ({ reply }) => reply === expectedReply(streams, { tokens: 10 }));
    const second = await user.send(conversation, waits);
    await writeFile(`${file}.next`, String(ms));
    await rename(`${file}.next`, file);
    const elsewhere = await user.send(v7(), lost, { signal: false });
    expect((await user.ended(elsewhere.turnId)).reply).toBe(expectedReply(lost));
    await endpoint.release(streams);
    const [one, two] = [await user.ended(first.turnId), await user.ended(second.turnId)];
    expect([one.reply, two.reply]).toEqual([expectedReply(streams), expectedReply(waits)]);
    // The worker has had the new clock for as long as it took.
    expect(Math.sign(Date.parse(two.endedAt!) - Date.parse(two.createdAt))).toBe(Math.sign(ms));
    expect([one.order < two.order, two.parentId]).toEqual([true, one.id]);
    expect(await endpoint.callsOf(waits)).toHaveLength(2);
    expect(await endpoint.callsOf(streams)).toHaveLength(1);
  });
}
