import { setTimeout as pause } from 'node:timers/promises';
import { clock } from '#tests/support/call-log.ts';
import { test } from './chaos.ts';
import type { Faults } from './faults.ts';
import { diceFor, type Dice } from './seed.ts';
import type { Watched } from './watched.ts';

const LASTS_MS = 60_000;
/** Less than may wait in a conversation, and than a page shows of it [SEND3]. */
const OPEN_MAX = 5;
const TURNS_MAX = 45;

test.describe.configure({ timeout: LASTS_MS + 240_000 });

test('[ROW3] [SEND1] [STOP1] [IJ1] a minute of random faults, while several users send, queue, interject and stop', async ({
  conversations,
  faults,
  dice,
  say,
  troubles,
  expectExact,
}, { title }) => {
  // A frozen worker may hold the store's lock: the page keeps the message and sends it again.
  troubles.allow(/status of 503/);
  const endsAt = clock() + LASTS_MS;
  await Promise.all([
    rage(faults, dice, endsAt),
    ...conversations.map((each, n) => talk(each, say, diceFor(`${title} ${n}`), endsAt)),
  ]);
  await expectExact();
});

const FAULTS = ['worker killed', 'worker deployed', 'worker frozen', 'web killed', 'Temporal killed'] as const;

/** The pauses in here are what the test is about: when a fault comes is chance, and waits for nothing. */
async function rage(faults: Faults, dice: Dice, endsAt: number): Promise<void> {
  while (clock() < endsAt) {
    await pause(dice.between(2_000, 14_000));
    switch (dice.one(FAULTS)) {
      case 'worker killed':
        await faults.replaced(await faults.signal('worker', 'SIGKILL'));
        break;
      case 'worker deployed':
        await faults.replaced(await faults.signal('worker', 'SIGTERM'));
        break;
      case 'worker frozen': {
        const frozen = await faults.signal('worker', 'SIGSTOP');
        await pause(dice.between(200, 9_000));
        faults.goOn(frozen);
        break;
      }
      case 'web killed':
        await faults.replaced(await faults.signal('web', 'SIGKILL'));
        break;
      case 'Temporal killed':
        await faults.replaced(await faults.signal('temporal', 'SIGKILL'));
        break;
    }
  }
}

/** A user by keyboard: Enter sends or interjects, whatever the page offers just then; with Ctrl it queues; Escape stops. */
async function talk(watched: Watched, say: (scenario: string) => string, dice: Dice, endsAt: number): Promise<void> {
  const { box, page, turns } = watched.tabs[0];
  const open = page.locator('article:is([data-status="sending"], [data-status="queued"], [data-status="running"])');
  while (clock() < endsAt) {
    await pause(dice.between(300, 4_000));
    const key = dice.one(['Enter', 'Enter', 'Control+Enter', 'Escape']);
    if (key !== 'Escape') {
      if ((await open.count()) > OPEN_MAX || (await turns.count()) > TURNS_MAX) continue;
      const prompt = say(`steady tokens=${dice.between(5, 150)} rate=${dice.between(20, 80)} vary=1`);
      watched.sent.set(prompt, 'any');
      await box.fill(prompt);
    }
    await box.press(key);
  }
}
