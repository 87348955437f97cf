import { setTimeout as pause } from 'node:timers/promises';
import { callOf, isHeld, isOver } from '#tests/browser/calls.ts';
import { clock } from '#tests/support/call-log.ts';
import { expectedReply } from '#tests/support/scenario-options.ts';
import { until } from '#tests/support/until.ts';
import { expect, test } from './chaos.ts';
import { inSeconds, measured } from './report.ts';

test.describe.configure({ timeout: 240_000 });

const DEPLOYS = 5;
/** Pauses between the starts of a worker that ends so often grow to eight seconds. */
const BACK_MS = 60_000;
const FROZEN_MS = 30_000;

test('[ACT3] [LOG10] five deploys in one turn: its stream is handed over each time, and no try is used up', async ({
  endpoint,
  conversations,
  hold,
  faults,
  dice,
  say,
  expectExact,
}, info) => {
  const [first, second, third] = conversations;
  const held = await hold([first, second]);
  let withinGrace = 0;
  for (let deploys = 1; deploys <= DEPLOYS; deploys++) {
    const ending = say(`hold after=${dice.between(1, 8)} tokens=10 vary=1`);
    await third.send(ending);
    for (const prompt of [ending, ...held.map((each) => each.prompt)]) {
      const nth = prompt === ending ? 1 : deploys;
      await callOf(endpoint, prompt, isHeld, { nth, timeoutMs: BACK_MS });
    }
    const ended = await faults.signal('worker', 'SIGTERM');
    // It has half a second to end by itself what is nearly whole.
    await endpoint.release(ending);
    await faults.replaced(ended);
    await expect(third.tabs[0].turn(ending)).toHaveAttribute('data-status', 'completed', { timeout: BACK_MS });
    if ((await endpoint.callsOf(ending)).length === 1) withinGrace++;
  }
  measured(info, `${withinGrace} of ${DEPLOYS} turns that were nearly whole ended within the grace`);
  for (const { prompt } of held) {
    await callOf(endpoint, prompt, isHeld, { nth: DEPLOYS + 1, timeoutMs: BACK_MS });
    await endpoint.release(prompt);
  }
  await expectExact();
  for (const { prompt } of held) expect(await endpoint.callsOf(prompt)).toHaveLength(DEPLOYS + 1);
});

test(
  '[ACT3] [GW1] a rolling deploy: a second worker without a gateway takes the streams over, and hands them back',
  {
    tag: '@quick',
  },
  async ({ app, endpoint, conversations, hold, faults, expectExact }) => {
    const held = await hold(conversations);
    const second = await faults.secondWorker();
    const first = await faults.signal('worker', 'SIGTERM');
    for (const { prompt } of held) await callOf(endpoint, prompt, isHeld, { nth: 2, timeoutMs: BACK_MS });
    const owners = (await app.store.outbox.heldAttempts()).map(({ owner }) => Number(owner.split(':')[1]));
    expect(owners).toEqual(held.map(() => second.pid));
    await faults.replaced(first);
    // What the other process writes reaches them through the store.
    for (const { each, prompt, tokens } of held)
      for (const tab of each.tabs)
        await expect(tab.reply(prompt)).toHaveText(expectedReply(prompt, { tokens, nth: 2 }), { timeout: BACK_MS });
    await faults.endSecond(second);
    for (const { prompt } of held) {
      await callOf(endpoint, prompt, isHeld, { nth: 3, timeoutMs: BACK_MS });
      await endpoint.release(prompt);
    }
    await expectExact();
  },
);

test('[LOG2] a worker is frozen for 30 s while a second one takes over: what it writes late is fenced, one text', async ({
  app,
  endpoint,
  conversations,
  faults,
  dice,
  say,
  expectExact,
}, info) => {
  const [first, ...others] = conversations;
  // One turn ends while it is frozen; the others run when it goes on, and has much of their first text in its sockets.
  const short = say(`hold after=${dice.between(20, 30)} tokens=60 vary=1`);
  const long = others.map(() => say(`hold after=${dice.between(800, 1_000)} tokens=1040 rate=40 vary=1`));
  await first.send(short);
  for (const [n, other] of others.entries()) await other.send(long[n]!);
  for (const prompt of [short, ...long]) await callOf(endpoint, prompt, ({ tokensSent }) => tokensSent > 10);
  await faults.secondWorker();
  const shortId = await first.tabs[0].idOf(short);
  const frozen = await faults.signal('worker', 'SIGSTOP');
  for (const prompt of [short, ...long]) {
    const { at } = await callOf(endpoint, prompt, () => true, { nth: 2, timeoutMs: BACK_MS });
    measured(info, `taken over ${inSeconds(at - frozen.at)} after the freeze`);
  }
  await endpoint.release(short);
  await until(async () => (await app.store.turn(shortId))?.status === 'completed');
  await pause(Math.max(0, frozen.at + FROZEN_MS - clock())); // the fault itself
  faults.goOn(frozen);
  for (const prompt of long) {
    // It finds much text in its socket and writes on, as if no time had passed.
    expect(await callOf(endpoint, prompt, isOver, { timeoutMs: BACK_MS })).toMatchObject({ endedBy: 'client' });
    await endpoint.release(prompt);
  }
  await expectExact();
});
