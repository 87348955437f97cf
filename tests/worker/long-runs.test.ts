import { setTimeout as pause } from 'node:timers/promises';
import { v7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LIMITS } from '#lib/protocol/limits.ts';
import { readHistories, type HistoryReader } from '#tests/support/history.ts';
import { changedBundle, prepareParley, type Parley } from '#tests/support/parley.ts';
import { correct, newAim } from '#tests/support/races.ts';
import { startWorker } from '#tests/support/running-worker.ts';
import { expectedReply } from '#tests/support/scenario-options.ts';
import { diceOf } from '#tests/support/seeded-text.ts';
import { insist, until } from '#tests/support/until.ts';

/** A seed that failed is run again by `RUNS_SEED=…`. */
const SEED = Number(process.env.RUNS_SEED ?? Date.now() % 100_000);
const TURNS = 500;
/** Instead of 1,000, so that it continues as new every dozen turns. */
const EVENTS_MAX = 100;
const EVENTS_OF_A_TURN = 12;
/** Instead of an hour; a turn and the signal after it take a tenth of it. */
const IDLE_MS = 500;

let long: Parley;
let idle: Parley;
let histories: HistoryReader;
beforeAll(async () => {
  histories = readHistories();
  long = await parleyWith(['EVENTS_MAX = 1000', `EVENTS_MAX = ${EVENTS_MAX}`]);
  idle = await parleyWith(['IDLE_MS = 60 * 60000', `IDLE_MS = ${IDLE_MS}`]);
});
afterAll(async () => {
  await histories.close();
  await long.close();
  await idle.close();
});

async function parleyWith(change: [string, string]): Promise<Parley> {
  const stage = await prepareParley();
  const bundle = await changedBundle(stage.env.DATA_DIR!, change);
  const worker = await startWorker({ ...stage.env, WORKFLOW_BUNDLE: bundle });
  return {
    ...stage,
    worker,
    async close() {
      await worker.shutdown();
      await stage.close();
    },
  };
}

test.concurrent(
  `[WF3] [WF5] ${TURNS} turns through many runs, with signals all the while (seed ${SEED})`,
  { timeout: 300_000 },
  async () => {
    const { user, endpoint } = long;
    const conversationId = v7();
    const roll = diceOf(SEED);
    const prompts = Array.from({ length: TURNS }, (_, at) => `scenario:steady tokens=3 seed=${1_000 + at} #${at}`);
    const sent: { turnId: string; ended: string[] }[] = [];
    const send = async (at: number) => void sent.push(await user.send(conversationId, prompts[at]!));
    const answered = (at: number) => user.ended(sent[at]!.turnId, 40_000);
    /** Sends a turn to a workflow that rests, and waits until it rests again: what it has added to the history. */
    const costOf = async (at: number) => {
      const before = await atRest(conversationId);
      await send(at);
      await answered(at);
      const after = await atRest(conversationId);
      return after.runId === before.runId
        ? { events: after.events - before.events, bytes: after.bytes - before.bytes }
        : null;
    };

    await send(0);
    await answered(0);
    const first = await costOf(1);
    const [from, to] = [2, TURNS - 3];
    for (let at = from; at < to; at++) {
      // As many wait as may, and more signals come than turns: doubled, late, and about turns that nobody knows.
      if (at - from >= LIMITS.waitingTurns - 1) await answered(at - LIMITS.waitingTurns + 1);
      await send(at);
      if (roll(4) === 0) {
        const again = sent[roll(sent.length)]!;
        await insist(() => user.signal(conversationId, again));
      }
      if (roll(4) === 0) await insist(() => user.temporal.requestStop(conversationId, { turnId: v7() }));
    }
    await answered(to - 1);
    const lasts = [];
    for (let at = to; at < TURNS; at++) lasts.push(await costOf(at));

    for (const [at, { turnId }] of sent.entries()) {
      expect(await user.turn(turnId)).toMatchObject({
        status: 'completed',
        reply: expectedReply(prompts[at]!),
        order: at + 1,
      });
    }
    expect((await endpoint.calls()).map(({ prompt }) => prompt)).toEqual(prompts);

    const sizes = await sizesOfRuns(conversationId);
    const last = lasts.find((cost) => cost !== null);
    console.log(
      `${sizes.length} runs, at most ${Math.max(...sizes)} events; the second turn and the last:`,
      first,
      last,
    );
    expect(sizes.length).toBeGreaterThan(TURNS / EVENTS_MAX);
    for (const size of sizes) expect(size).toBeLessThanOrEqual(EVENTS_MAX + EVENTS_OF_A_TURN);
    expect(last?.events).toBe(first?.events);
    // Numbers in it grow by digits, nothing grows by turns.
    expect(Math.abs(last!.bytes - first!.bytes)).toBeLessThan(60);
  },
);

test.concurrent(`[WF1] a conversation that is spoken to in the instant of its return answers (seed ${SEED})`, async () => {
  const { user, endpoint } = idle;
  const aim = newAim();
  aim.ms = IDLE_MS;
  const met = { running: 0, returned: 0 };
  const talk = async (seed: number) => {
    const [conversationId, roll] = [v7(), diceOf(seed)];
    const say = async (round: number) => {
      const prompt = `scenario:steady tokens=3 seed=${seed} #${round}`;
      const { turnId } = await user.send(conversationId, prompt);
      expect(await user.ended(turnId)).toMatchObject({ status: 'completed', reply: expectedReply(prompt) });
      expect(await endpoint.callsOf(prompt)).toHaveLength(1);
    };
    await say(0);
    for (let round = 1; round <= 10; round++) {
      const runId = await histories.runIdOf(conversationId);
      await pause(Math.max(0, aim.ms + roll(41) - 20));
      await say(round);
      const isSame = (await histories.runIdOf(conversationId)) === runId;
      met[isSame ? 'running' : 'returned']++;
      correct(aim, isSame);
    }
  };
  await Promise.all(Array.from({ length: 8 }, (_, at) => talk(SEED + at)));
  console.log('spoken to while it still ran, or after it had returned:', met);
  expect(met.running).toBeGreaterThan(0);
  expect(met.returned).toBeGreaterThan(0);
});

type Run = { conversationId: string; runId?: string };

/** The size of the present run, once the workflow has taken all that it asked for. */
async function atRest(conversationId: string) {
  return until(async () => {
    const runId = await histories.runIdOf(conversationId);
    const run = { conversationId, runId };
    const events = await histories.events(run);
    const asked = events.filter(({ activityTaskScheduledEventAttributes: asks }) => asks).length;
    const answered = events.filter(({ activityTaskCompletedEventAttributes: answers }) => answers).length;
    const due = events.findLastIndex(({ workflowTaskScheduledEventAttributes: task }) => task);
    const taken = events.findLastIndex(({ workflowTaskCompletedEventAttributes: task }) => task);
    const isAtRest =
      asked === answered && due < taken && !events.at(-1)!.workflowExecutionContinuedAsNewEventAttributes;
    return isAtRest && { runId, events: events.length, bytes: (await histories.bytes(run)).length };
  });
}

/** Events of each run but for what users signalled, from the present one back to the first. */
async function sizesOfRuns(conversationId: string): Promise<number[]> {
  const sizes: number[] = [];
  for (let run: Run | undefined = { conversationId }; run;) {
    const events = await histories.events(run);
    sizes.push(events.filter(({ workflowExecutionSignaledEventAttributes: signal }) => !signal).length);
    const before = events[0]!.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;
    run = before ? { conversationId, runId: before } : undefined;
  }
  return sizes;
}
