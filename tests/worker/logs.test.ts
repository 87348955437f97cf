import { v7 } from 'uuid';
import { expect, test } from 'vitest';
import { KEY, prepareParley, startParley, type Parley } from '#tests/support/parley.ts';
import { startWorker } from '#tests/support/running-worker.ts';
import { expectedReply } from '#tests/support/scenario-options.ts';
import { startTcpProxy } from '#tests/support/tcp-proxy.ts';
import { until } from '#tests/support/until.ts';

type Stage = Omit<Parley, 'worker'>;
type Line = { level: number; msg: string; turnId?: string } & Record<string, unknown>;

const linesOf = (logged: string): Line[] =>
  logged
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);

const heldCall = ({ endpoint }: Stage, prompt: string, nth: number) =>
  endpoint.until((calls) => calls.find((call) => call.prompt === prompt && call.nth === nth && call.held), 40_000);

/** The turn's lines, each of which must name whose attempt it is about. */
function expectAbout(logged: string, conversationId: string, turnId: string): Line[] {
  const lines = linesOf(logged).filter((line) => line.turnId === turnId);
  expect(lines).not.toEqual([]);
  for (const line of lines) {
    expect(line).toMatchObject({ conversationId, turnId });
    const isOfNone = line['step'] === null && line['attempt'] === null && /outbox|workflow/.test(line.msg);
    if (!isOfNone) expect(line).toMatchObject({ step: expect.any(Number), attempt: expect.any(Number) });
  }
  return lines;
}

/** [OBS3] Of what was said, and of the key, not a word: the texts' own words stand in no line. */
function expectNoWords(logged: string, prompts: string[]): void {
  for (const prompt of prompts) {
    expect(logged).not.toContain(prompt);
    const words = expectedReply(prompt, { tokens: 6 }).split(' ');
    for (let at = 0; at + 1 < words.length; at++) expect(logged).not.toContain(`${words[at]} ${words[at + 1]}`);
  }
  expect(logged).not.toMatch(/scenario:|seed=/);
  for (let at = 0; at + 6 <= KEY.length; at++) expect(logged).not.toContain(KEY.slice(at, at + 6));
  expect(logged).not.toContain('***');
}

/** What its attempts said, without the outbox, which on a busy machine is quicker than the test to tell Temporal. */
const ofAttempts = (lines: Line[]) => lines.filter(({ attempt }) => attempt !== null);
const saying = (lines: Line[], words: RegExp) => lines.filter(({ msg }) => words.test(msg));

test.concurrent('[OBS1] [OBS2] [OBS3] one line each: completed, retried, reset, failed, cut, paused, stopped', async () => {
  const parley = await startParley();
  const { user, endpoint, worker } = parley;
  const run = async (prompt: string) => {
    const conversationId = v7();
    const { turnId } = await user.send(conversationId, prompt);
    return { conversationId, turnId, prompt };
  };
  const [completed, retried, failed, cut, wrongKey] = await Promise.all([
    run('scenario:steady tokens=8 seed=1301'),
    run('scenario:break after=5 times=1 tokens=8 seed=1302'),
    run('scenario:inband-error seed=1303 after=2'),
    run('scenario:steady tokens=90000 seed=1304'),
    run('scenario:wrong-key seed=1305'),
  ]);
  const stopped = await run('scenario:hold after=3 seed=1306');
  await heldCall(parley, stopped.prompt, 1);
  await user.stop(stopped.conversationId, stopped.turnId);
  await endpoint.until((calls) => calls.find(({ prompt, endedBy }) => prompt === stopped.prompt && endedBy));
  for (const { turnId } of [completed, retried, failed, cut, wrongKey]) await user.ended(turnId, 40_000);
  const about = (of: { conversationId: string; turnId: string }) =>
    expectAbout(worker.logged(), of.conversationId, of.turnId);
  await until(() => saying(about(stopped), /was ended/).length > 0);
  await parley.close();

  expect(ofAttempts(about(completed)).map(({ msg }) => msg)).toEqual([
    'the model is asked',
    'the reply is whole; the turn is completed',
  ]);
  expect(ofAttempts(about(retried)).map(({ msg }) => msg)).toEqual([
    'the model is asked',
    'the model call failed; it is tried again',
    'the step begins again; what the attempt before it wrote is dropped',
    'the reply is whole; the turn is completed',
  ]);
  expect(ofAttempts(about(retried)).map(({ attempt }) => attempt)).toEqual([1, 1, 2, 2]);
  expect(saying(about(retried), /tried again/)[0]).toMatchObject({ code: 'provider_error', tries: 1, level: 40 });
  expect(saying(about(failed), /tried again/)).toHaveLength(2);
  expect(saying(about(failed), /failed for good/)).toMatchObject([{ code: 'provider_error', level: 40 }]);
  expect(saying(about(cut), /cut at its limit/)).toMatchObject([{ code: 'reply_too_long' }]);
  expect(saying(about(wrongKey), /conversation is paused until its user acts/)).toMatchObject([{ code: 'wrong_key' }]);
  expect(saying(about(stopped), /was ended/)).toMatchObject([{ outcome: 'stopped' }]);
  const all = [completed, retried, failed, cut, wrongKey, stopped];
  expectNoWords(
    worker.logged(),
    all.map(({ prompt }) => prompt),
  );
});

test.concurrent('[OBS1] [OBS2] [OBS3] handover and continuation; a paused turn that waits; a turn that another goes before', async () => {
  const stage = await prepareParley({ env: { MODEL_CONTINUES: '1' } });
  const { user, endpoint, env } = stage;
  const conversationId = v7();
  const prompt = 'scenario:hold continues=1 after=4 tokens=9 seed=1311';
  const first = await startWorker(env);
  const { turnId } = await user.send(conversationId, prompt);
  await heldCall(stage, prompt, 1);
  await user.when(turnId, ({ reply }) => reply === expectedReply(prompt, { tokens: 4 }));
  const [second] = await Promise.all([startWorker(env), first.shutdown()]);
  await heldCall(stage, prompt, 2);
  await endpoint.release(prompt);
  await user.ended(turnId);

  const pausing = 'scenario:wrong-key seed=1312';
  const failing = await user.send(conversationId, pausing, { signal: false });
  const waiting = await user.send(conversationId, 'scenario:steady seed=1313', { signal: false });
  await user.signal(conversationId, waiting);
  await user.signal(conversationId, failing);
  await user.ended(failing.turnId);
  await until(() => /is paused; the turn waits/.test(second.logged()));
  await second.shutdown();
  await stage.close();

  expect(ofAttempts(expectAbout(first.logged(), conversationId, turnId)).map(({ msg }) => msg)).toEqual([
    'the model is asked',
    'handover: this worker shuts down, and the next one goes on with the step',
  ]);
  expect(ofAttempts(expectAbout(second.logged(), conversationId, turnId)).map(({ msg }) => msg)).toEqual([
    'the step is continued where its text ends; viewers see it go on',
    'the reply is whole; the turn is completed',
  ]);
  const about = expectAbout(second.logged(), conversationId, waiting.turnId);
  expect(saying(about, /another turn goes first/)).toMatchObject([{ first: failing.turnId }]);
  for (const logged of [first.logged(), second.logged()]) expectNoWords(logged, [prompt, pausing]);
});

test.concurrent('[OBS1] [OBS2] [OBS3] adopted, overtaken and fenced; the outbox’s signal', async () => {
  const stage = await prepareParley();
  const { user, endpoint, env } = stage;
  const way = await startTcpProxy(env.TEMPORAL_ADDRESS!);
  const conversationId = v7();
  const prompt = 'scenario:hold after=4 tokens=9 seed=1321';
  const first = await startWorker({ ...env, TEMPORAL_ADDRESS: way.address });
  const failHeld = async () => {
    const held = (await user.store.outbox.heldAttempts()).find((one) => one.turnId === turnId);
    await user.temporal.failAttempt(Buffer.from(held!.taskToken, 'base64'));
  };
  // Nobody has told Temporal: the outbox does.
  const { turnId } = await user.send(conversationId, prompt, { signal: false });
  await heldCall(stage, prompt, 1);
  await failHeld();
  for (const line of [/adopted the stream/, /Temporal has given this attempt up/])
    await until(() => line.test(first.logged()), { timeoutMs: 20_000 });
  way.cut();
  const second = await startWorker(env);
  await failHeld();
  await heldCall(stage, prompt, 2);
  // The first one's model goes on; its next append finds that the turn is another's.
  await endpoint.release(prompt);
  await user.ended(turnId);
  await until(() => /fenced|was ended/.test(first.logged()), { timeoutMs: 20_000 });
  way.mend();
  await Promise.all([first.shutdown(), second.shutdown()]);
  await way.close();
  await stage.close();

  const about = expectAbout(first.logged(), conversationId, turnId);
  // Told, or (on a busy machine) told again because the first answer was late.
  const [signalled] = saying(about, /the outbox (signalled|keeps it)/);
  expect(signalled).toMatchObject({ step: null, attempt: null });
  const [adopted, ...more] = saying(about, /adopted the stream/);
  expect(more).toEqual([]);
  // From there on the stream's lines are the adopter's.
  expect(saying(about, /^fenced: another|was ended/)).toMatchObject([{ attempt: adopted!['attempt'] }]);
  expect(saying(about, /Temporal has given this attempt up/).length).toBeGreaterThan(0);
  expect(saying(expectAbout(second.logged(), conversationId, turnId), /begins again/)).toHaveLength(1);
  for (const logged of [first.logged(), second.logged()]) expectNoWords(logged, [prompt]);
});
