import { setTimeout as pause } from 'node:timers/promises';
import { callOf, isHeld } from '#tests/browser/calls.ts';
import { expectedReply } from '#tests/support/scenario-options.ts';
import { expect, test } from './chaos.ts';
import { measured } from './report.ts';

test.describe.configure({ timeout: 120_000 });

const TOKENS = 40;
/** Where the first conversation's text stands when the worker is killed; the others' stand wherever they are. */
const POINTS = [
  { where: 'before the first token', tokens: 0 },
  { where: 'after the first token', tokens: 1 },
  { where: 'in the middle', tokens: 20 },
  { where: 'after the last token, before the end', tokens: TOKENS },
];

for (const { where, tokens } of POINTS) {
  test(`[WRK2] [LOG6] the worker is killed ${where}`, async ({
    endpoint,
    conversations,
    faults,
    dice,
    say,
    expectExact,
  }) => {
    const [first, ...others] = conversations;
    await faults.settled('worker');
    for (const other of others)
      await other.send(say(`steady tokens=${dice.between(120, 240)} rate=${dice.between(25, 60)} vary=1`));
    const prompt = say(`hold after=${tokens} tokens=${TOKENS} vary=1`);
    await first.send(prompt);
    if (tokens === 0) await callOf(endpoint, prompt, isHeld);
    else for (const tab of first.tabs) await tab.showsText(prompt, expectedReply(prompt, { tokens }));
    const killed = await faults.signal('worker', 'SIGKILL');
    await faults.replaced(killed);
    await callOf(endpoint, prompt, isHeld, { nth: 2, timeoutMs: 30_000 });
    await endpoint.release(prompt);
    await expectExact();
    expect(await endpoint.callsOf(prompt)).toHaveLength(2);
  });
}

test(
  '[WRK3] the worker is killed 0–300 ms after the send',
  { tag: '@quick' },
  async ({ conversations, faults, dice, say, expectExact }, info) => {
    await faults.settled('worker');
    const afterMs = dice.between(0, 300);
    await Promise.all(
      conversations.map((each) => each.send(say(`steady tokens=60 rate=${dice.between(60, 120)} vary=1`))),
    );
    // Not waited for anything: this is the fault itself.
    await pause(afterMs);
    measured(info, `killed ${afterMs} ms after the sends`);
    await faults.replaced(await faults.signal('worker', 'SIGKILL'));
    await expectExact();
  },
);
