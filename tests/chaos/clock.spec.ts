import { rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { v7 } from 'uuid';
import { callOf, isHeld } from '#tests/browser/calls.ts';
import { expectEverywhere, turnsOf } from '#tests/browser/everywhere.ts';
import { launchApp } from '#tests/browser/launched-app.ts';
import { MODEL_NAME } from '#tests/support/model-endpoint.ts';
import { expectedReply } from '#tests/support/scenario-options.ts';
import { expect, test as base } from './chaos.ts';
import { inSeconds, measured } from './report.ts';

const HOUR = 3_600_000;
const PRELOAD = new URL('../support/shifted-clock.mjs', import.meta.url).href;

/** Sets the clock of web and worker, ahead of the machine's by so much. The browser's and Temporal's stay. */
type Clock = { set(aheadMs: number): Promise<void>; file: string };

const test = base.extend<object, { clock: Clock }>({
  clock: [
    // oxlint-disable-next-line no-empty-pattern -- Playwright reads the pattern to learn what a fixture needs
    async ({}, use) => {
      const file = join(tmpdir(), `parley-clock-${v7()}`);
      await writeFile(file, '0');
      await use({
        file,
        // In one piece: it is read all the while.
        async set(aheadMs) {
          await writeFile(`${file}.next`, String(aheadMs));
          await rename(`${file}.next`, file);
        },
      });
      await rm(file);
    },
    { scope: 'worker' },
  ],
  app: [
    async ({ endpoint, clock }, use) => {
      const scripted = { OPENAI_API_KEY: 'test-key', OPENAI_BASE_URL: endpoint.baseURL, OPENAI_MODEL: MODEL_NAME };
      const app = await launchApp({ ...scripted, NODE_OPTIONS: `--import=${PRELOAD}`, CLOCK_FILE: clock.file });
      await use(app);
      await app.close();
    },
    { scope: 'worker', timeout: 120_000 },
  ],
});

test.beforeEach(async ({ clock, troubles }) => {
  troubles.allowLostConnections();
  await clock.set(0);
});

for (const [where, ms, tag] of [
  ['back', -HOUR, '@quick'],
  ['forward', HOUR, '@whole'],
] as const) {
  test(
    `[CLK1] [CLK2] the clock jumps an hour ${where} while a turn streams and others wait`,
    { tag },
    async ({ app, clock, endpoint, tab, openTab, say, request }, info) => {
      const [streams, waits, sent, retried] = [
        say('hold after=20 tokens=40 unicode=1'),
        say('steady'),
        say('steady'),
        say('fail status=503 times=1'),
      ];
      await tab.send(streams);
      await tab.showsText(streams, expectedReply(streams, { tokens: 20 }));
      await tab.send(waits, 'Queue');
      await clock.set(ms);
      const jumpedAt = performance.now();
      const other = await openTab();
      await other.send(sent, 'Queue');
      // The store's own word on when that was: web has the new clock.
      const rows = await turnsOf(request, tab.conversationId);
      const at = (prompt: string) => Date.parse(rows.find((row) => row.prompt === prompt)!.createdAt);
      expect(Math.sign(at(sent) - at(waits))).toBe(Math.sign(ms));
      await tab.send(retried, 'Queue');
      await endpoint.release(streams);
      for (const prompt of [streams, waits, sent, retried])
        await expectEverywhere({ app, request }, [tab, other], prompt, {
          status: 'completed',
          text: expectedReply(prompt),
        });
      const doneMs = performance.now() - jumpedAt;
      for (const each of [tab, other]) await each.showsPrompts([streams, waits, sent, retried]);
      await tab.reload();
      await tab.showsPrompts([streams, waits, sent, retried]);
      const calls = (await endpoint.calls()).map(({ prompt }) => prompt);
      const ours = calls.filter((prompt) => [streams, waits, sent, retried].includes(prompt));
      expect(ours).toEqual([streams, waits, sent, retried, retried]);
      measured(info, `order kept; all four answered, the failed try included, within ${inSeconds(doneMs)}`);
    },
  );

  test(
    `[CLK2] [OB1] [WRK2] the clock jumps an hour ${where} with Temporal away, then with the worker killed`,
    {
      tag: '@whole',
    },
    async ({ app, clock, endpoint, tab, say, request, faults }, info) => {
      test.setTimeout(180_000);
      const [first, kept, streams] = [say('steady'), say('steady'), say('hold after=10 tokens=20')];
      await tab.send(first);
      await tab.hasStatus(first, 'completed');
      const { back } = await faults.takeAway('temporal');
      await tab.send(kept);
      await tab.hasStatus(kept, 'queued');
      await clock.set(ms);
      await back();
      const backAt = performance.now();
      await expect(tab.turn(kept)).toHaveAttribute('data-status', 'completed', { timeout: 60_000 });
      const keptMs = performance.now() - backAt;

      await tab.send(streams);
      await callOf(endpoint, streams, isHeld);
      await clock.set(2 * ms);
      const killedAt = performance.now();
      await faults.replaced(await faults.signal('worker', 'SIGKILL'));
      await callOf(endpoint, streams, isHeld, { nth: 2, timeoutMs: 30_000 });
      const againMs = performance.now() - killedAt;
      await endpoint.release(streams);
      await expectEverywhere({ app, request }, [tab], streams, { status: 'completed', text: expectedReply(streams) });
      await tab.showsPrompts([first, kept, streams]);
      measured(
        info,
        `the kept message answered ${inSeconds(keptMs)} after Temporal's return, the killed worker's turn begun again in ${inSeconds(againMs)}`,
      );
    },
  );
}
