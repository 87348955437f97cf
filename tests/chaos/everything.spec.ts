import { callOf, isHeld } from '#tests/browser/calls.ts';
import { expect, test } from './chaos.ts';

test.describe.configure({ timeout: 150_000 });

test(
  '[SEND1] [WRK2] everything is killed at once and started again: nothing that was accepted is lost',
  {
    tag: '@quick',
  },
  async ({ endpoint, conversations, hold, faults, dice, say, expectExact }) => {
    const [first, second, third] = conversations;
    const [held] = await hold([first]);
    for (const _ of [1, 2]) await first.send(say('steady'), 'Queue');
    await second.send(say(`steady tokens=${dice.between(100, 200)} rate=${dice.between(25, 60)} vary=1`));
    const taken = third.tabs[0].page.waitForResponse(/\/turns$/);
    await third.send(say('steady tokens=40 rate=60 vary=1'));
    expect((await taken).status()).toBe(202);
    await faults.everything();
    await callOf(endpoint, held!.prompt, isHeld, { nth: 2, timeoutMs: 60_000 });
    await endpoint.release(held!.prompt);
    await expectExact();
  },
);
