import { readFileSync, writeFileSync } from 'node:fs';
import { databaseFile } from '#lib/store/database.ts';
import { callOf } from '#tests/browser/calls.ts';
import { expectEverywhere, turnOf } from '#tests/browser/everywhere.ts';
import { recordGrowth } from '#tests/browser/growth.ts';
import type { LaunchedApp } from '#tests/browser/launched-app.ts';
import { limitFiles } from '#tests/support/no-room.ts';
import { groupOf } from '#tests/support/processes.ts';
import { expectedReply } from '#tests/support/scenario-options.ts';
import { checkpoint, damagePages, setReadOnly } from '#tests/support/store-file.ts';
import { holdStore } from '#tests/support/store-holder.ts';
import { until } from '#tests/support/until.ts';
import { expect, test } from './chaos.ts';
import { inSeconds, measured } from './report.ts';

const isLinux = process.platform === 'linux';

/** Ends the fault. */
type Mend = () => Promise<void>;

async function lock({ dataDir }: LaunchedApp): Promise<Mend> {
  const holder = await holdStore(databaseFile(dataDir), 'writing');
  return holder.letGo;
}

/** No file of theirs may be written: the kernel refuses it, as on a disk that is full or read-only. */
async function forbidWrites(app: LaunchedApp): Promise<Mend> {
  const parts = [await app.pidOf('web'), await app.pidOf('worker')];
  const pids = parts.flatMap((pid) => (pid === undefined ? [] : groupOf(pid)));
  limitFiles(pids, 0);
  return async () => limitFiles(pids, 'unlimited');
}

const FAULTS: [what: string, tag: string, isPossible: boolean, begin: (app: LaunchedApp) => Promise<Mend>][] = [
  ['is locked by another process', '@quick', true, lock],
  ['can only be read, or is full (a limit on files, which needs Linux)', '@whole', isLinux, forbidWrites],
];

for (const [what, tag, isPossible, begin] of FAULTS) {
  test(
    `[STO1] the store ${what} while text streams and a message is sent`,
    { tag },
    async ({ app, endpoint, tab, openTab, say, request, troubles }, info) => {
      // A limit on a running process's files is Linux's alone (prlimit); CI runs there, so nothing goes untested.
      test.skip(!isPossible, 'this system cannot be asked for this fault');
      test.setTimeout(120_000);
      troubles.allow(/status of 503/);
      const [prompt, next] = [say('hold after=160 tokens=180 rate=40 unicode=1'), say('steady')];
      await tab.send(prompt);
      const other = await openTab();
      const turnId = await tab.idOf(prompt);
      const growth = await recordGrowth(other.page, turnId);
      await callOf(endpoint, prompt, ({ tokensSent }) => tokensSent > 20);

      const mend = await begin(app);
      const brokenAt = performance.now();
      try {
        const refused = tab.page.waitForResponse(/\/turns$/);
        await tab.send(next, 'Queue');
        expect((await refused).status()).toBe(503);
        await expect(tab.turn(next)).toContainText('Your message is kept in this browser');
        await callOf(endpoint, prompt, ({ held }) => held);
        // What is shown is what the store holds: no more, and no half of it.
        const row = await turnOf(request, tab.conversationId, turnId);
        expect([row.status, expectedReply(prompt).startsWith(row.reply)]).toEqual(['running', true]);
        await other.showsText(prompt, row.reply);
      } finally {
        await mend();
      }
      const mendedAt = performance.now();
      const whole = expectedReply(prompt, { tokens: 160 });
      for (const each of [tab, other]) await each.showsText(prompt, whole);
      const textMs = performance.now() - mendedAt;
      await expect(tab.turn(next)).toHaveAttribute('data-status', 'queued', { timeout: 20_000 });
      const sentMs = performance.now() - mendedAt;
      await endpoint.release(prompt);
      const text = expectedReply(prompt);
      await expectEverywhere({ app, request }, [tab, other], prompt, { status: 'completed', text });
      await tab.hasStatus(next, 'completed');
      for (const moment of await growth()) expect(text.startsWith(moment.text), moment.text).toBe(true);
      expect(await endpoint.callsOf(prompt)).toHaveLength(1);
      await expect(tab.notices).toBeEmpty();
      measured(
        info,
        `for ${inSeconds(mendedAt - brokenAt)}: 503; text goes on ${inSeconds(textMs)} after, the message is taken by itself ${inSeconds(sentMs)} after; 1 model call`,
      );
    },
  );
}

test(
  '[STO2] a damaged store: nothing starts, a sentence says the way out, and that way works',
  { tag: '@whole' },
  async ({ app, tab, say, troubles }, info) => {
    test.setTimeout(150_000);
    troubles.allowLostConnections();
    const [before, after] = [say('steady'), say('steady')];
    await tab.send(before);
    await tab.hasStatus(before, 'completed');
    await app.end();
    const file = databaseFile(app.dataDir);
    checkpoint(file);
    const backup = readFileSync(file);
    damagePages(file);
    const damaged = readFileSync(file);
    await expect(app.start()).rejects.toThrow(
      /cannot be read: it is damaged.*Move it away, or put a backup in its place/,
    );
    expect(readFileSync(file).equals(damaged)).toBe(true);
    writeFileSync(file, backup);
    await app.start();
    await tab.send(after);
    for (const prompt of [before, after]) await tab.shows(prompt, { status: 'completed', text: expectedReply(prompt) });
    measured(info, 'refused at start in one sentence, not a byte changed; started with the backup in its place');
  },
);

test(
  '[STO1] a store that is read-only when the app starts: it goes on by itself once it can be written',
  {
    tag: '@whole',
  },
  async ({ app, tab, say, troubles }, info) => {
    test.setTimeout(180_000);
    troubles.allowLostConnections();
    const [before, after] = [say('steady'), say('steady')];
    await tab.send(before);
    await tab.hasStatus(before, 'completed');
    await app.end();
    const file = databaseFile(app.dataDir);
    checkpoint(file);
    setReadOnly(file, true);
    const starting = app.start();
    await until(() => /worker \(process \d+\) ended/.test(app.output()), { timeoutMs: 60_000, seen: app.output });
    expect(app.output()).toContain('cannot be written');
    setReadOnly(file, false);
    const mendedAt = performance.now();
    await starting;
    const readyMs = performance.now() - mendedAt;
    await tab.send(after);
    for (const prompt of [before, after]) await tab.shows(prompt, { status: 'completed', text: expectedReply(prompt) });
    measured(info, `said so, and was up ${inSeconds(readyMs)} after it could be written`);
  },
);
