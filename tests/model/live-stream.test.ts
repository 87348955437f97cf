import { expect, onTestFinished, test, vi } from 'vitest';
import { LIMITS } from '#lib/protocol/limits.ts';
import { expectedReply } from '#tests/support/scenario-options.ts';
import { until } from '#tests/support/until.ts';
import { fenceNo, prepareStreaming, type StreamingOptions } from './streaming.ts';

const at = prepareStreaming();

/** A turn whose first attempt has begun. */
async function streaming(prompt: string, options?: StreamingOptions) {
  const scene = await at.streaming(prompt, options);
  return { ...scene, stream: await scene.attempt(1) };
}

test('[ACT9] a reply that has lasted 30 minutes is cut and says so', async () => {
  const prompt = 'scenario:hold after=4 tokens=900 seed=21';
  const { stream, turn } = await streaming(prompt);
  await until(async () => (await turn()).reply === expectedReply(prompt, { tokens: 4 }));
  const now = performance.now();
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now + LIMITS.replyMs + 1_000);
  try {
    await at.endpoint.release(prompt);
    expect(await stream.result).toEqual({ kind: 'ended', outcome: 'failed' });
  } finally {
    clock.mockRestore();
  }
  expect((await turn()).error?.code).toBe('reply_too_long');
  expect((await turn()).reply.startsWith(expectedReply(prompt, { tokens: 4 }))).toBe(true);
  expect(await at.endpoint.until((calls) => calls.find((call) => call.prompt === prompt)?.endedBy)).toBe('client');
});

test('[LOG10] trouble with our own store is no provider’s failure: it counts as no try', async () => {
  let troubles = 0;
  const prompt = 'scenario:steady tokens=5 seed=31';
  const { stream, turn } = await streaming(prompt, {
    trouble: (store) => ({
      turn: (id) => (troubles++ === 0 ? Promise.reject(new Error('disk I/O error')) : store.turn(id)),
    }),
  });
  await stream.result;
  expect(troubles).toBeGreaterThan(0);
  expect((await turn()).retry).toBeNull();
  expect((await turn()).error).toBeNull();
});

test('[CLK2] [ACT7] the pause before the next try does not grow by what the clock goes back meanwhile', async () => {
  let jumpedBack = false;
  const { stream, turn } = await streaming('scenario:fail status=500 seed=35', {
    trouble: (store) => ({
      now: () => Date.now() + (jumpedBack ? 0 : 3_600_000),
      log: {
        ...store.log,
        fail: async (failed) => {
          jumpedBack = true;
          return store.log.fail(failed);
        },
      },
    }),
  });
  const result = await stream.result;
  if (result.kind !== 'again') throw new Error(result.kind);
  expect(result.dueAt - performance.now()).toBeLessThanOrEqual(1_000);
  expect((await turn()).retry).toMatchObject({ tries: 1 });
});

test('[LOG10] a failure whose answer was lost is told again, and is one try', async () => {
  const prompt = 'scenario:fail status=500 seed=36';
  let told = 0;
  const { stream, turn } = await streaming(prompt, {
    trouble: ({ log }) => ({
      log: {
        ...log,
        async fail(failed) {
          const answer = await log.fail(failed);
          if (++told === 1) throw new Error('the answer was lost');
          return answer;
        },
      },
    }),
  });
  expect(await stream.result).toMatchObject({ kind: 'again' });
  expect(told).toBe(2);
  expect((await turn()).retry).toMatchObject({ tries: 1 });
});

test('[ACT6] a failure while the stream is being adopted is told with the adopter’s fence', async () => {
  const claimed = Promise.withResolvers<void>();
  const { stream, turn, open } = await streaming('scenario:fail status=500 seed=38', {
    trouble: ({ log }) => ({
      log: {
        ...log,
        async fail(failed) {
          await claimed.promise;
          const answer = await log.fail(failed);
          if (answer.kind === 'fenced') {
            stream.fence = fenceNo(2); // the adopter has done its part
            stream.claims--;
          }
          return answer;
        },
      },
    }),
  });
  stream.claims++;
  expect((await open(2, stream.fence)).kind).toBe('opened');
  claimed.resolve();
  expect(await stream.result).toMatchObject({ kind: 'again' });
  expect((await turn()).retry).toMatchObject({ tries: 1 });
});

test('[ACT6] an adopter’s fence is the one that writes from then on', async () => {
  const prompt = 'scenario:hold after=4 tokens=20 seed=41';
  const { stream, turn, open } = await streaming(prompt);
  await until(async () => (await turn()).reply === expectedReply(prompt, { tokens: 4 }));
  stream.claims++;
  expect((await open(2, stream.fence)).kind).toBe('opened');
  await at.endpoint.release(prompt);
  // Its appends are fenced now, and wait: more text than one append takes has come.
  await at.endpoint.until((calls) => calls.find((call) => call.prompt === prompt)?.endedBy);
  expect((await turn()).status).toBe('running');
  stream.fence = fenceNo(2);
  stream.claims--;
  expect(await stream.result).toEqual({ kind: 'ended', outcome: 'completed' });
  expect(await turn()).toMatchObject({ status: 'completed', reply: expectedReply(prompt) });
});

test('[LOG2] a stream whose turn another attempt has opened ends, and its provider’s socket is closed', async () => {
  const prompt = 'scenario:endless rate=200 seed=51';
  const { stream, turn, open } = await streaming(prompt);
  await until(async () => (await turn()).reply.length > 20);
  const opened = await open(2);
  expect(opened.kind).toBe('opened');
  expect(await stream.result).toEqual({ kind: 'fenced' });
  expect(await at.endpoint.until((calls) => calls.find((call) => call.prompt === prompt)?.endedBy)).toBe('client');
});

test('[ACT6] who claims to adopt a stream that is not the turn’s any more is told so', async () => {
  const prompt = 'scenario:hold after=4 tokens=20 seed=61';
  const { stream, turn, open } = await streaming(prompt);
  await until(async () => (await turn()).reply !== '');
  expect((await open(2)).kind).toBe('opened');
  expect(await open(3, stream.fence)).toEqual({ kind: 'lost' });
});

test('[STOP2] a look at the store ends the streams of ended turns', async () => {
  const prompt = 'scenario:gate-first seed=71';
  const { stream, store, conversationId, turnId, feed } = await streaming(prompt);
  await at.endpoint.until((calls) => calls.some((call) => call.prompt === prompt && call.held));
  await store.conversations.stop(conversationId, turnId);
  feed.emit('stirred');
  await stream.result;
  expect(await at.endpoint.until((calls) => calls.find((call) => call.prompt === prompt)?.endedBy)).toBe('client');
});

test('[STOP2] another process’s commit is looked at at once, not by the next look', async () => {
  const { setInterval } = globalThis;
  // Its own look never comes.
  const slower = vi.spyOn(globalThis, 'setInterval').mockImplementation((then) => setInterval(then, 2 ** 31 - 1));
  const prompt = 'scenario:gate-first seed=76';
  const { stream, store, conversationId, turnId, feed } = await streaming(prompt);
  slower.mockRestore();
  await at.endpoint.until((calls) => calls.some((call) => call.prompt === prompt && call.held));
  await store.conversations.stop(conversationId, turnId);
  feed.emit('stirred');
  expect(await stream.result).toEqual({ kind: 'ended', outcome: 'stopped' });
});

test('[LOG9] a stream that is silent keeps its turn alive', async () => {
  const prompt = 'scenario:gate-first seed=81';
  const { store, turnId } = await streaming(prompt);
  let told = 0;
  const keepAlive = vi.spyOn(store.log, 'keepAlive').mockImplementation(async (held) => {
    if (held.some((one) => one.turnId === turnId)) told++;
  });
  await until(() => told > 0);
  keepAlive.mockRestore();
});

test('[STO1] while the store takes no write, one sign of life waits for it, not one more each second', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const free = Promise.withResolvers<void>();
  let waiting = 0;
  const prompt = 'scenario:gate-first seed=95';
  await streaming(prompt, {
    trouble: (store) => ({ log: { ...store.log, keepAlive: () => (waiting++, free.promise) } }),
  });
  vi.advanceTimersByTime(60_000);
  expect(waiting).toBe(1);
  free.resolve();
  await until(() => (vi.advanceTimersByTime(1_000), waiting > 1));
});
