import { expectedReply } from '#tests/support/scenario-options.ts';
import { expect, test } from './app.ts';
import { callOf, isHeld } from './calls.ts';
import type { ConversationPage } from './conversation-page.ts';
import { expectEverywhere } from './everywhere.ts';
import { killAndHoldItsPort } from './held-port.ts';

test.describe.configure({ timeout: 90_000 });
/** Pauses between its starts grow while it dies at once. */
const BACK_MS = 60_000;
test.beforeEach(({ troubles }) => troubles.allowLostConnections());

/** Holds as long as nobody loads the page again. */
const mark = ({ page }: ConversationPage) => page.evaluate(() => void Object.assign(window, { isMarked: true }));
const isMarked = ({ page }: ConversationPage) => page.evaluate(() => 'isMarked' in window);

test('[WRK2] the worker is killed right after the send', async ({ app, endpoint, tab, say, request }) => {
  const prompt = say('steady tokens=80 rate=80 vary=1');
  await mark(tab);
  const taken = tab.page.waitForResponse(/\/turns$/);
  await tab.send(prompt);
  expect((await taken).status()).toBe(202);
  await app.kill('worker');
  await tab.hasStatus(prompt, 'completed');
  const { length: nth } = await endpoint.callsOf(prompt);
  await expectEverywhere({ app, request }, [tab], prompt, {
    status: 'completed',
    text: expectedReply(prompt, { nth }),
  });
  expect(await isMarked(tab)).toBe(true);
});

test('[SEND1] the web process is killed: text goes on, and what is sent meanwhile goes out by itself', async ({
  app,
  endpoint,
  tab,
  say,
  request,
}) => {
  const [prompt, next] = [say('hold after=5 tokens=60 rate=40'), say('steady')];
  await mark(tab);
  await tab.send(prompt);
  await tab.showsText(prompt, expectedReply(prompt, { tokens: 5 }));
  const free = await killAndHoldItsPort(app, 'web');
  await tab.send(next, 'Queue');
  await expect(tab.turn(next)).toContainText('Your message is kept in this browser');
  await endpoint.release(prompt);
  await tab.showsText(prompt, expectedReply(prompt));
  expect(await endpoint.callsOf(next)).toEqual([]);
  await free();
  await tab.shows(prompt, { status: 'completed', text: expectedReply(prompt) });
  await expect(tab.turn(next)).toHaveAttribute('data-status', 'completed', { timeout: BACK_MS });
  await tab.showsText(next, expectedReply(next));
  await expectEverywhere({ app, request }, [tab], prompt, { status: 'completed', text: expectedReply(prompt) });
  expect(await endpoint.callsOf(prompt)).toHaveLength(1);
  expect(await endpoint.callsOf(next)).toHaveLength(1);
  expect(await isMarked(tab)).toBe(true);
});

test('[WRK2] the worker is killed before the first token', async ({ app, endpoint, tab, say, request }) => {
  const prompt = say('gate-first vary=1');
  await mark(tab);
  await tab.send(prompt);
  await callOf(endpoint, prompt, isHeld);
  await app.kill('worker');
  await callOf(endpoint, prompt, isHeld, { nth: 2, timeoutMs: 30_000 });
  await endpoint.release(prompt);
  const text = expectedReply(prompt, { nth: 2 });
  await expectEverywhere({ app, request }, [tab], prompt, { status: 'completed', text });
  expect(await isMarked(tab)).toBe(true);
});

test('[WRK1] Temporal is killed: a message is kept, the page says what it waits for, and it is answered after', async ({
  app,
  endpoint,
  tab,
  say,
  request,
}) => {
  const [first, prompt] = [say('steady'), say('steady')];
  await mark(tab);
  await tab.send(first);
  await tab.hasStatus(first, 'completed');
  const free = await killAndHoldItsPort(app, 'temporal');
  await tab.send(prompt);
  await expect(tab.turn(prompt)).toContainText('answered once Temporal is back');
  await expect(tab.notices).toContainText('Temporal is away');
  await tab.hasStatus(prompt, 'queued');
  expect(await endpoint.callsOf(prompt)).toEqual([]);
  await free();
  await expect(tab.turn(prompt)).toHaveAttribute('data-status', 'completed', { timeout: BACK_MS });
  await expectEverywhere({ app, request }, [tab], prompt, { status: 'completed', text: expectedReply(prompt) });
  await expect(tab.notices).toBeEmpty();
  expect(await endpoint.callsOf(prompt)).toHaveLength(1);
  expect(await isMarked(tab)).toBe(true);
});

test('[LOG6] the worker is killed in the middle of the text', async ({ app, endpoint, tab, openTab, say, request }) => {
  const prompt = say('hold after=6 vary=1');
  await mark(tab);
  await tab.send(prompt);
  const other = await openTab();
  for (const each of [tab, other]) await each.showsText(prompt, expectedReply(prompt, { tokens: 6 }));
  await app.kill('worker');
  await callOf(endpoint, prompt, isHeld, { nth: 2, timeoutMs: 30_000 });
  const beginsAgain = 'The answer was cut off and begins again.';
  for (const each of [tab, other]) {
    await each.showsText(prompt, expectedReply(prompt, { tokens: 6, nth: 2 }));
    await expect(each.turn(prompt)).toContainText(beginsAgain);
  }
  await endpoint.release(prompt);
  const text = expectedReply(prompt, { nth: 2 });
  await expectEverywhere({ app, request }, [tab, other], prompt, { status: 'completed', text });
  for (const each of [tab, other]) await expect(each.turn(prompt)).not.toContainText(beginsAgain);
  expect(await isMarked(tab)).toBe(true);
});

test('[ACT3] everything is stopped and started again: conversations are there, and the answer goes on', async ({
  app,
  endpoint,
  tab,
  say,
  request,
}) => {
  const [done, stopped, prompt] = [say('steady tokens=200 unicode=1'), say('hold after=5'), say('hold after=6 vary=1')];
  await mark(tab);
  await tab.send(done);
  await tab.hasStatus(done, 'completed');
  await tab.send(stopped);
  await tab.showsText(stopped, expectedReply(stopped, { tokens: 5 }));
  await tab.button('Stop').click();
  await tab.hasStatus(stopped, 'stopped');
  await tab.send(prompt);
  await tab.showsText(prompt, expectedReply(prompt, { tokens: 6 }));

  await app.end();
  await expect(tab.notices).toContainText('cannot be reached');
  await app.start();

  await callOf(endpoint, prompt, isHeld, { nth: 2, timeoutMs: 30_000 });
  await endpoint.release(prompt);
  const there = [
    [done, { status: 'completed', text: expectedReply(done) }],
    [stopped, { status: 'stopped', text: expectedReply(stopped, { tokens: 5 }) }],
    [prompt, { status: 'completed', text: expectedReply(prompt, { nth: 2 }) }],
  ] as const;
  for (const [each, shown] of there) await expectEverywhere({ app, request }, [tab], each, shown);
  expect(await isMarked(tab)).toBe(true);
  await tab.reload();
  for (const [each, shown] of there) await tab.shows(each, shown);
  await expect(tab.notices).toBeEmpty();
});
