import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ApplicationFailure } from '@temporalio/client';
import { v7 } from 'uuid';
import { afterAll, beforeAll, onTestFinished, test } from 'vitest';
import { readHistories, type HistoryReader } from '#tests/support/history.ts';
import { changedBundle, prepareParley, startParley, type Parley } from '#tests/support/parley.ts';
import { startWorker } from '#tests/support/running-worker.ts';
import { startTemporal } from '#tests/support/temporal.ts';
import { until } from '#tests/support/until.ts';
import { fileOf, FOLDER, stretched, tidied, type Recorded } from './recorded.ts';

/*
 * One test, one recording: a conversation that meets what its name says, and then its history as a file. A new one is a
 * test more here. Not a part of `npm test`, which replays what was recorded.
 */

const HOUR_S = 3_600;
const IDLE_S = 2;
/** Where the server suggests to continue as new; the other recordings are shorter. */
const SUGGESTED_EVENTS = 30;

let parley: Parley;
let histories: HistoryReader;
beforeAll(async () => {
  await mkdir(FOLDER, { recursive: true });
  parley = await startParley();
  histories = readHistories();
});
afterAll(async () => {
  await histories.close();
  await parley.close();
});

const ended = async (turnId: string) => parley.user.ended(turnId, 30_000);
const say = (conversationId: string, prompt: string, options?: Parameters<typeof parley.user.send>[2]) =>
  parley.user.send(conversationId, `scenario:${prompt}`, options);
const held = (prompt: string) =>
  parley.endpoint.until((calls) => calls.find((call) => call.prompt === `scenario:${prompt}` && call.held));
const flowing = (turnId: string) => parley.user.when(turnId, ({ reply }) => reply.length > 40);

/** A turn in the pause between two tries: only then it is certain that Temporal cancels before the step has ended. */
async function waitingToTryAgain(conversationId: string): Promise<string> {
  const { turnId } = await say(conversationId, 'fail status=503 retryAfter=25');
  await parley.user.when(turnId, ({ retry }) => retry !== null);
  return turnId;
}

test('completed', async () => {
  const conversationId = v7();
  for (const seed of [1, 2, 3]) await ended((await say(conversationId, `steady seed=${seed}`)).turnId);
  await record('completed', { conversationId });
});

test('failed', async () => {
  const conversationId = v7();
  await ended((await say(conversationId, 'model-not-found')).turnId);
  await ended((await say(conversationId, 'steady')).turnId);
  await record('failed', { conversationId });
});

test('retried', async () => {
  const conversationId = v7();
  await ended((await say(conversationId, 'break times=1')).turnId);
  await ended((await say(conversationId, 'fail status=503')).turnId);
  await record('retried', { conversationId });
});

test('stopped', async () => {
  const conversationId = v7();
  const { turnId } = await say(conversationId, 'endless');
  const waiting = await say(conversationId, 'steady seed=1');
  const behind = await say(conversationId, 'steady seed=2');
  await flowing(turnId);
  await parley.user.stop(conversationId, waiting.turnId);
  await parley.user.stop(conversationId, turnId);
  await ended(behind.turnId);
  await parley.user.stop(conversationId, await waitingToTryAgain(conversationId));
  await ended((await say(conversationId, 'steady seed=3')).turnId);
  await record('stopped', { conversationId });
});

test('interrupted', async () => {
  const conversationId = v7();
  const { turnId } = await say(conversationId, 'endless');
  const waiting = await say(conversationId, 'steady seed=1');
  await flowing(turnId);
  const turned = await say(conversationId, 'steady seed=2', { mode: 'interject' });
  for (const each of [turned, waiting]) await ended(each.turnId);
  await waitingToTryAgain(conversationId);
  await ended((await say(conversationId, 'steady seed=3', { mode: 'interject' })).turnId);
  await parley.user.signal(conversationId, turned);
  await record('interrupted', { conversationId });
});

test('behind', async () => {
  const conversationId = v7();
  const sent = [];
  for (const seed of [1, 2, 3]) sent.push(await say(conversationId, `steady seed=${seed}`, { signal: false }));
  for (const at of [2, 0, 1]) await parley.user.signal(conversationId, sent[at]!);
  for (const { turnId } of sent) await ended(turnId);
  await record('behind', { conversationId });
});

test('paused', async () => {
  const conversationId = v7();
  const failing = await say(conversationId, 'wrong-key', { signal: false });
  const waiting = await say(conversationId, 'steady seed=1', { signal: false });
  for (const sent of [failing, waiting]) await parley.user.signal(conversationId, sent);
  await ended(failing.turnId);
  await until(async () => (await histories.text({ conversationId })).includes('"paused"'));
  const next = await say(conversationId, 'steady seed=2');
  for (const { turnId } of [waiting, next]) await ended(turnId);
  await record('paused', { conversationId });
});

test('broken', async () => {
  const conversationId = v7();
  const { turnId } = await say(conversationId, 'hold seed=1');
  await held('hold seed=1');
  const attempt = await until(async () =>
    (await parley.user.store.outbox.heldAttempts()).find((one) => one.turnId === turnId),
  );
  const token = Buffer.from(attempt.taskToken, 'base64');
  await histories.activities.fail(token, ApplicationFailure.nonRetryable('broken'));
  await ended(turnId);
  await record('broken', { conversationId });
});

test('cancelled', async () => {
  const conversationId = v7();
  const { turnId } = await say(conversationId, 'hold seed=2');
  const waiting = await say(conversationId, 'steady');
  await held('hold seed=2');
  await histories.handle({ conversationId }).cancel();
  for (const id of [turnId, waiting.turnId]) await ended(id);
  await record('cancelled', { conversationId });
});

test('handover', async () => {
  const { env, user, endpoint, close } = await prepareParley();
  onTestFinished(close);
  const conversationId = v7();
  const first = await startWorker(env);
  onTestFinished(first.shutdown);
  const { turnId } = await user.send(conversationId, 'scenario:hold tokens=9');
  const waiting = await user.send(conversationId, 'scenario:steady');
  await endpoint.until((calls) => calls.find((call) => call.held));
  await first.shutdown();
  const second = await startWorker(env);
  onTestFinished(second.shutdown);
  await endpoint.until((calls) => calls.find(({ nth, held: isHeld }) => nth === 2 && isHeld));
  await endpoint.release('scenario:hold tokens=9');
  for (const id of [turnId, waiting.turnId]) await user.ended(id);
  await record('handover', { conversationId });
});

test('idle', async () => {
  const hasty = await prepareParley();
  onTestFinished(hasty.close);
  const bundle = await changedBundle(hasty.env.DATA_DIR!, ['IDLE_MS = 60 * 60000', `IDLE_MS = ${IDLE_S * 1_000}`]);
  const worker = await startWorker({ ...hasty.env, WORKFLOW_BUNDLE: bundle });
  onTestFinished(worker.shutdown);
  const conversationId = v7();
  for (const seed of [1, 2]) {
    await hasty.user.ended((await hasty.user.send(conversationId, `scenario:steady seed=${seed}`)).turnId);
  }
  const runId = await histories.runIdOf(conversationId);
  await until(async () => (await histories.statusOf({ conversationId, runId })) === 'COMPLETED');
  await hasty.user.ended((await hasty.user.send(conversationId, 'scenario:steady seed=3')).turnId);
  const asAnHour = (recorded: Recorded) => stretched(recorded, IDLE_S, HOUR_S);
  await record('idle-return', { conversationId, runId }, asAnHour);
  await record('idle-again', { conversationId }, asAnHour);
});

test('continued as new', async () => {
  const settings = [`limit.historyCount.suggestContinueAsNew=${SUGGESTED_EVENTS}`];
  const temporal = await startTemporal({ settings });
  onTestFinished(temporal.close);
  const there = await startParley({ temporalAddress: temporal.address });
  onTestFinished(there.close);
  const reader = readHistories(temporal.address);
  onTestFinished(reader.close);
  const { user, endpoint } = there;
  const conversationId = v7();
  const first = await user.send(conversationId, 'scenario:hold tokens=9');
  const waiting = await user.send(conversationId, 'scenario:steady');
  await endpoint.until((calls) => calls.find((call) => call.held));
  const runId = await reader.runIdOf(conversationId);
  for (let sent = 0; sent < SUGGESTED_EVENTS; sent++) await user.temporal.requestStop(conversationId, { turnId: v7() });
  await endpoint.release('scenario:hold tokens=9');
  for (const { turnId } of [first, waiting]) await user.ended(turnId);
  await record('continued-as-new', { conversationId, runId }, undefined, reader);
  await record('continued', { conversationId }, undefined, reader);
});

/** The history, once the workflow has taken all that it asked for. */
async function record(
  name: string,
  run: { conversationId: string; runId?: string },
  change = (recorded: Recorded) => recorded,
  reader = histories,
): Promise<void> {
  const events = await until(async () => {
    const read = await reader.events(run);
    const isOf = (name: string) => (event: object) => name in event && event[name as never] !== null;
    const asked = read.filter(isOf('activityTaskScheduledEventAttributes'));
    const answered = ['Completed', 'Failed', 'Canceled'].flatMap((how) =>
      read.filter(isOf(`activityTask${how}EventAttributes`)),
    );
    const taken = read.findLastIndex(isOf('workflowTaskCompletedEventAttributes'));
    const due = read.findLastIndex(isOf('workflowTaskScheduledEventAttributes'));
    return asked.length === answered.length && due < taken && read;
  });
  await writeFile(join(FOLDER, `${name}.json`), fileOf(change(tidied({ events }))));
}
