import { expectedReply } from '#tests/support/scenario-options.ts';
import { expect, test } from './app.ts';
import { callOf, isHeld, isOver } from './calls.ts';
import { expectEverywhere } from './everywhere.ts';
import { recordGrowth } from './growth.ts';

test('[STOP1] [STOP2] Stop while text streams: nothing grows after, anywhere, and the provider’s socket is closed', async ({
  app,
  endpoint,
  tab,
  openTab,
  say,
  request,
}) => {
  const prompt = say('endless rate=200');
  await tab.send(prompt);
  const other = await openTab();
  const turnId = await tab.idOf(prompt);
  const seen = await Promise.all([tab, other].map(({ page }) => recordGrowth(page, turnId)));
  const behind = say('steady');
  await tab.send(behind, 'Queue');
  await callOf(endpoint, prompt, ({ tokensSent }) => tokensSent > 60);
  await tab.button('Stop').click();

  const call = await callOf(endpoint, prompt, isOver);
  expect(call.endedBy).toBe('client');
  await tab.hasStatus(prompt, 'stopped');
  const text = await tab.text(prompt);
  expect(text).not.toBe('');
  expect(expectedReply(prompt, { tokens: call.tokensSent }).startsWith(text)).toBe(true);
  // What waits behind it goes on, and while it is answered there is time to grow.
  await tab.shows(behind, { status: 'completed', text: expectedReply(behind) });
  await expectEverywhere({ app, request }, [tab, other], prompt, { status: 'stopped', text });
  for (const moments of await Promise.all(seen.map((moments) => moments()))) {
    for (const moment of moments) expect(text.startsWith(moment.text), moment.text).toBe(true);
    expect(moments.at(-1)).toEqual({ status: 'stopped', text });
  }
  await tab.reload();
  await tab.shows(prompt, { status: 'stopped', text });
});

test('[STOP1] Stop keeps exactly what had come', async ({ app, endpoint, tab, openTab, say, request }) => {
  const prompt = say('hold after=7');
  await tab.send(prompt);
  const other = await openTab();
  const text = expectedReply(prompt, { tokens: 7 });
  await tab.showsText(prompt, text);
  await tab.button('Stop').click();
  await expectEverywhere({ app, request }, [tab, other], prompt, { status: 'stopped', text });
  expect(await callOf(endpoint, prompt, isOver)).toMatchObject({ endedBy: 'client', tokensSent: 7 });
  await expect(tab.turn(prompt)).toContainText('Stopped');
  await expect(tab.button('Send')).toBeVisible();
  await expect(tab.button('Stop')).toBeHidden();
});

test('[STOP2] Stop before the first token', async ({ app, endpoint, tab, openTab, say, request }) => {
  const prompt = say('gate-first');
  await tab.send(prompt);
  const other = await openTab();
  await callOf(endpoint, prompt, isHeld);
  await tab.button('Stop').click();
  await expectEverywhere({ app, request }, [tab, other], prompt, { status: 'stopped', text: '' });
  expect(await callOf(endpoint, prompt, isOver)).toMatchObject({ endedBy: 'client', tokensSent: 0 });
});

test('[STOP3] a queued turn is stopped before the model hears of it', async ({ app, endpoint, tab, say, request }) => {
  const [first, queued, last] = [say('hold after=3'), say('steady'), say('steady')];
  await tab.send(first);
  await tab.showsText(first, expectedReply(first, { tokens: 3 }));
  await tab.send(queued, 'Queue');
  await tab.send(last, 'Queue');
  await tab.hasStatus(queued, 'queued');
  await tab.turn(queued).getByRole('button', { name: 'Remove' }).click();
  await tab.hasStatus(queued, 'stopped');
  await endpoint.release(first);
  await tab.shows(first, { status: 'completed', text: expectedReply(first) });
  await tab.shows(last, { status: 'completed', text: expectedReply(last) });
  await expectEverywhere({ app, request }, [tab], queued, { status: 'stopped', text: '' });
  expect(await endpoint.callsOf(queued)).toEqual([]);
});

test('[STOP1] Esc stops', async ({ endpoint, tab, say }) => {
  const prompt = say('hold after=4');
  await tab.send(prompt);
  const text = expectedReply(prompt, { tokens: 4 });
  await tab.showsText(prompt, text);
  await tab.page.keyboard.press('Escape');
  await tab.shows(prompt, { status: 'stopped', text });
  expect(await callOf(endpoint, prompt, isOver)).toMatchObject({ endedBy: 'client' });
});

test('[STOP4] a Stop that overtakes its own send holds', async ({ app, endpoint, tab, say, request }) => {
  const [prompt, next] = [say('steady'), say('steady')];
  const { promise: isStopped, resolve } = Promise.withResolvers<void>();
  await tab.page.route('**/turns', async (route) => {
    await isStopped;
    await route.continue();
  });
  await tab.send(prompt);
  const stopped = tab.page.waitForResponse(/\/stop$/);
  await tab.button('Stop').click();
  expect((await stopped).status()).toBe(200);
  resolve();
  await expectEverywhere({ app, request }, [tab], prompt, { status: 'stopped', text: '' });
  await tab.send(next);
  await tab.shows(next, { status: 'completed', text: expectedReply(next) });
  expect(await endpoint.callsOf(prompt)).toEqual([]);
});
