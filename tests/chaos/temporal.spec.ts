import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { callOf, isHeld, isOver } from '#tests/browser/calls.ts';
import { ConversationPage } from '#tests/browser/conversation-page.ts';
import type { LaunchedApp } from '#tests/browser/launched-app.ts';
import { clock } from '#tests/support/call-log.ts';
import { expectedReply } from '#tests/support/scenario-options.ts';
import { until } from '#tests/support/until.ts';
import { expect, test } from './chaos.ts';
import type { Faults } from './faults.ts';
import type { Watched } from './watched.ts';

test.describe.configure({ timeout: 300_000 });

const AWAY_MS = 60_000;
/** The launcher's pauses between the starts of what dies at once grow to half a minute. */
const BACK_MS = 60_000;

test('[ACT6] [OB1] [OB3] [STOP2] Temporal is killed and away for 60 s: text runs on and is adopted, Stop works, messages are kept', async ({
  app,
  endpoint,
  conversations,
  faults,
  say,
  expectExact,
}) => {
  const [flowing, ending, stopped] = conversations;
  // Longer than Temporal is away, its return included; shorter; and without an end.
  const [long, short, endless] = [
    say('hold after=2000 tokens=2020 rate=20'),
    say('steady tokens=300 rate=20'),
    say('endless rate=20'),
  ];
  await flowing.send(long);
  await ending.send(short);
  await stopped.send(endless, 'Send', 'stopped');
  for (const prompt of [long, short, endless]) await callOf(endpoint, prompt, ({ tokensSent }) => tokensSent > 10);

  const { at, back } = await faults.takeAway('temporal');
  await stopped.tabs[0].button('Stop').click();
  await stopped.tabs[0].hasStatus(endless, 'stopped');
  expect(await callOf(endpoint, endless, isOver)).toMatchObject({ endedBy: 'client' });
  const waiting = [
    { each: stopped, prompt: say('steady') },
    { each: ending, prompt: say('steady') },
  ];
  await flowing.send(say('steady'), 'Queue');
  await expect(ending.tabs[0].turn(short)).toHaveAttribute('data-status', 'completed', { timeout: 30_000 });
  for (const { each, prompt } of waiting) {
    await each.send(prompt);
    await expect(each.tabs[0].turn(prompt)).toContainText('answered once Temporal is back');
  }
  await pause(Math.max(0, at + AWAY_MS - clock())); // the fault itself
  for (const { prompt } of waiting) expect(await endpoint.callsOf(prompt)).toEqual([]);
  await back();

  const turnId = await flowing.tabs[0].idOf(long);
  const adopted = async () => (await workerLog(app)).find((line) => line.includes('adopted') && line.includes(turnId));
  await until(adopted, { timeoutMs: BACK_MS, seen: () => workerLog(app) });
  expect(await callOf(endpoint, long)).toMatchObject({ endedBy: null });
  await endpoint.release(long);
  await expectExact();
  for (const prompt of [long, short, endless, ...waiting.map((each) => each.prompt)])
    expect(await endpoint.callsOf(prompt)).toHaveLength(1);
  for (const each of conversations) expect(resetsIn(each)).toEqual([]);
});

test('[SEND1] [ACT6] Temporal’s database is wiped: what is kept can be read, running text goes on, the next message is answered', async ({
  app,
  endpoint,
  context,
  conversations,
  hold,
  faults,
  say,
  expectExact,
}) => {
  const [running, idle, queueing] = conversations;
  const held = await hold([running, queueing]);
  await queueing.send(say('steady'), 'Queue');
  const back = await wipe(app, faults);
  const reader = new ConversationPage(await context.newPage());
  await reader.open(running.id);
  const prompts = [...running.sent.keys()];
  await reader.showsPrompts(prompts);
  await reader.shows(prompts[0]!, { status: 'completed', text: expectedReply(prompts[0]!) });
  await back();
  await idle.send(say('steady'));
  await expect(idle.tabs[0].turns.last()).toHaveAttribute('data-status', 'completed', { timeout: BACK_MS });
  for (const { prompt } of held) await endpoint.release(prompt);
  await expectExact();
});

test('[OB2] [LOG9] Temporal’s database is wiped and the worker killed: what ran begins again after 30 s of silence', async ({
  app,
  endpoint,
  conversations,
  hold,
  faults,
  expectExact,
}) => {
  const held = await hold(conversations);
  const back = await wipe(app, faults);
  await faults.replaced(await faults.signal('worker', 'SIGKILL'));
  await back();
  for (const { prompt } of held) {
    await callOf(endpoint, prompt, isHeld, { nth: 2, timeoutMs: 90_000 });
    await endpoint.release(prompt);
  }
  await expectExact();
});

/** Kills Temporal; the returned function removes all that it kept, and lets it come back. */
async function wipe(app: LaunchedApp, faults: Faults) {
  const { back } = await faults.takeAway('temporal');
  return async () => {
    for (const end of ['', '-wal', '-shm']) await rm(join(app.dataDir, `temporal.db${end}`), { force: true });
    await back();
  };
}

async function workerLog({ dataDir }: LaunchedApp): Promise<string[]> {
  return (await readFile(join(dataDir, 'logs/worker.log'), 'utf8')).split('\n');
}

/** Steps that began again, as the conversation's socket was told. */
const resetsIn = ({ viewer }: Watched) =>
  viewer.told
    .flatMap(({ message }) => ('events' in message ? message.events : []))
    .filter(({ chunk }) => chunk.type === 'reset-step');
