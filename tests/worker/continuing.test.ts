import { v7 } from 'uuid';
import { expect, test } from 'vitest';
import type { Turn } from '#lib/protocol/turn.ts';
import { prepareParley, type Parley } from '#tests/support/parley.ts';
import { startWorker } from '#tests/support/running-worker.ts';
import { expectedReply } from '#tests/support/scenario-options.ts';
import { startWorkerProcess } from '#tests/support/worker-process.ts';

type Stage = Omit<Parley, 'worker'>;

/** All of Parley but the page, at a server that goes on with a final assistant message. */
async function continuing(body: (stage: Stage) => Promise<void>): Promise<void> {
  const stage = await prepareParley({ env: { MODEL_CONTINUES: '1' } });
  try {
    await body(stage);
  } finally {
    await stage.close();
  }
}

const heldCall = ({ endpoint }: Stage, prompt: string, nth: number) =>
  endpoint.until((calls) => calls.find((call) => call.prompt === prompt && call.nth === nth && call.held), 30_000);

/** Whole, in one part, and never begun again. */
async function expectOnePart({ user }: Stage, turn: Turn): Promise<void> {
  const whole = expectedReply(turn.prompt);
  expect(turn).toMatchObject({ status: 'completed', reply: whole, error: null, retry: null });
  expect(turn.parts).toEqual([{ type: 'step-start' }, { type: 'text', text: whole, state: 'done' }]);
  const types = (await user.log(turn.id)).map(({ chunk }) => chunk.type);
  expect(types.filter((type) => type !== 'text-delta')).toEqual([
    'start-step',
    'text-start',
    'text-end',
    'finish-step',
  ]);
}

/** What each call was asked to go on with. */
const askedToContinue = async ({ endpoint }: Stage, prompt: string) =>
  (await endpoint.callsOf(prompt)).map(({ body }) => {
    const last = body.messages.at(-1)!;
    return last.role === 'assistant' ? last.content : null;
  });

test.concurrent('[ACT10] [WRK2] killed twice in the middle: each next worker goes on where the text ends', () =>
  continuing(async (stage) => {
    const { user, endpoint, env } = stage;
    const prompt = 'scenario:hold continues=1 unicode=1 after=6 tokens=40 seed=1201';
    const shown = (tokens: number) => expectedReply(prompt, { tokens });
    let worker = startWorkerProcess(env);
    try {
      await worker.ready();
      const { turnId } = await user.send(v7(), prompt);
      for (const kills of [1, 2]) {
        await heldCall(stage, prompt, kills);
        await user.when(turnId, ({ reply }) => reply === shown(6 * kills));
        worker.signal('SIGKILL');
        await worker.ended;
        expect(await user.turn(turnId)).toMatchObject({ status: 'running', reply: shown(6 * kills) });
        worker = startWorkerProcess(env);
      }
      await heldCall(stage, prompt, 3);
      await endpoint.release(prompt);
      await expectOnePart(stage, await user.ended(turnId, 30_000));
      expect(await askedToContinue(stage, prompt)).toEqual([null, shown(6), shown(12)]);
    } finally {
      await worker.close();
    }
  }));

test.concurrent('[ACT10] [ACT3] three deploys in one turn: nothing begins again', () =>
  continuing(async (stage) => {
    const { user, endpoint, env } = stage;
    const prompt = 'scenario:hold continues=1 after=5 tokens=40 seed=1211';
    let worker = await startWorker(env);
    const { turnId } = await user.send(v7(), prompt);
    for (const nth of [1, 2, 3]) {
      await heldCall(stage, prompt, nth);
      await user.when(turnId, ({ reply }) => reply === expectedReply(prompt, { tokens: 5 * nth }));
      const [next] = await Promise.all([startWorker(env), worker.shutdown()]);
      worker = next;
    }
    await heldCall(stage, prompt, 4);
    await endpoint.release(prompt);
    await expectOnePart(stage, await user.ended(turnId));
    await worker.shutdown();
  }));

test.concurrent('[ACT10] deploys while text flows: not a character is lost or doubled', () =>
  continuing(async (stage) => {
    const { user, env } = stage;
    const prompt = 'scenario:steady continues=1 unicode=1 rate=120 tokens=900 seed=1221';
    let worker = await startWorker(env);
    const { turnId } = await user.send(v7(), prompt);
    for (let deploys = 0; deploys < 4; deploys++) {
      const { length } = (await user.turn(turnId)).reply;
      const { reply } = await user.when(turnId, (turn) => turn.reply.length > length + 60);
      expect(expectedReply(prompt).startsWith(reply)).toBe(true);
      const [next] = await Promise.all([startWorker(env), worker.shutdown()]);
      worker = next;
    }
    await expectOnePart(stage, await user.ended(turnId, 30_000));
    await worker.shutdown();
  }));

test.concurrent('[ACT10] [LOG10] the provider breaks off twice: two tries, and the text goes on', () =>
  continuing(async (stage) => {
    const { user, env } = stage;
    const worker = await startWorker(env);
    const prompt = 'scenario:break continues=1 after=8 times=2 tokens=40 seed=1231';
    const { turnId } = await user.send(v7(), prompt);
    for (const tries of [1, 2]) {
      const { reply } = await user.when(turnId, ({ retry }) => retry?.tries === tries);
      expect(reply).toBe(expectedReply(prompt, { tokens: 8 * tries }));
    }
    await expectOnePart(stage, await user.ended(turnId));
    await worker.shutdown();
  }));

test.concurrent('[ACT10] [STOP1] a Stop of a continued reply keeps what was shown', () =>
  continuing(async (stage) => {
    const { user, env } = stage;
    const worker = await startWorker(env);
    const conversationId = v7();
    const prompt = 'scenario:hold continues=1 after=5 tokens=40 seed=1241';
    const { turnId } = await user.send(conversationId, prompt);
    await heldCall(stage, prompt, 1);
    await user.when(turnId, ({ reply }) => reply === expectedReply(prompt, { tokens: 5 }));
    const [next] = await Promise.all([startWorker(env), worker.shutdown()]);
    await heldCall(stage, prompt, 2);
    await user.when(turnId, ({ reply }) => reply === expectedReply(prompt, { tokens: 10 }));
    const stopped = await user.stop(conversationId, turnId);
    expect(stopped).toMatchObject({ status: 'stopped', reply: expectedReply(prompt, { tokens: 10 }) });
    await next.shutdown();
    expect((await user.turn(turnId)).reply).toBe(stopped.reply);
  }));
