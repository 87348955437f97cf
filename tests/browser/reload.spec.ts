import type { WebSocketRoute } from '@playwright/test';
import { expectedReply } from '#tests/support/scenario-options.ts';
import { expect, test } from './app.ts';
import { callOf, isOver } from './calls.ts';
import { expectEverywhere } from './everywhere.ts';
import { recordGrowth } from './growth.ts';

test('[LOG5] text grows live, step by step, and shows nothing that was not sent', async ({
  app,
  endpoint,
  tab,
  openTab,
  say,
  request,
}) => {
  const prompt = say('hold after=4 tokens=64 rate=40');
  await tab.send(prompt);
  const other = await openTab();
  const turnId = await tab.idOf(prompt);
  const seen = await Promise.all([tab, other].map(({ page }) => recordGrowth(page, turnId)));
  for (const each of [tab, other]) await each.showsText(prompt, expectedReply(prompt, { tokens: 4 }));
  await endpoint.release(prompt);
  const text = expectedReply(prompt);
  await expectEverywhere({ app, request }, [tab, other], prompt, { status: 'completed', text });
  for (const moments of await Promise.all(seen.map((moments) => moments()))) {
    for (const moment of moments) expect(text.startsWith(moment.text), moment.text).toBe(true);
    const lengths = moments.map((moment) => moment.text.length);
    expect(lengths).toEqual([...lengths].sort((a, b) => a - b));
    expect(new Set(lengths).size).toBeGreaterThan(10);
  }
  expect(await endpoint.callsOf(prompt)).toHaveLength(1);
});

test('[VIEW2] five reloads in one answer miss nothing', async ({ app, endpoint, tab, say, request }) => {
  // Text flows through the first reloads; the last ones may find the model held, which leaves a slow machine its time.
  const prompt = say('hold after=240 tokens=260 rate=60');
  await tab.send(prompt);
  let shown = '';
  for (let reloads = 0; reloads < 5; reloads++) {
    await expect.poll(() => tab.text(prompt)).not.toBe('');
    await tab.hasStatus(prompt, 'running');
    const text = await tab.text(prompt);
    expect(expectedReply(prompt).startsWith(text), text).toBe(true);
    expect(text.length).toBeGreaterThanOrEqual(shown.length);
    shown = text;
    await tab.reload();
  }
  await tab.showsText(prompt, expectedReply(prompt, { tokens: 240 }));
  await endpoint.release(prompt);
  await expectEverywhere({ app, request }, [tab], prompt, { status: 'completed', text: expectedReply(prompt) });
  expect(await callOf(endpoint, prompt, isOver)).toMatchObject({ endedBy: 'finish' });
  expect(await endpoint.callsOf(prompt)).toHaveLength(1);
});

test('[VIEW2] a reload while the model is held shows exactly what had come', async ({ endpoint, tab, say }) => {
  const prompt = say('hold after=9 unicode=1');
  await tab.send(prompt);
  const begun = expectedReply(prompt, { tokens: 9 });
  await tab.showsText(prompt, begun);
  await tab.reload();
  await tab.shows(prompt, { status: 'running', text: begun });
  await endpoint.release(prompt);
  await tab.shows(prompt, { status: 'completed', text: expectedReply(prompt) });
});

test('[VIEW4] three seconds offline in the middle of an answer: the text is whole again, and what was sent goes out', async ({
  app,
  endpoint,
  tab,
  say,
  request,
  context,
  troubles,
}) => {
  troubles.allowLostConnections();
  const [prompt, queued] = [say('hold after=200 tokens=220 rate=40'), say('steady')];
  await tab.send(prompt);
  await callOf(endpoint, prompt, ({ tokensSent }) => tokensSent > 20);
  await context.setOffline(true);
  const { tokensSent: before } = await callOf(endpoint, prompt);
  await tab.send(queued, 'Queue');
  await expect(tab.turn(queued)).toContainText('Your message is kept in this browser');
  // At 40 tokens a second that is three seconds.
  await callOf(endpoint, prompt, ({ tokensSent }) => tokensSent >= before + 120);
  const offline = await tab.text(prompt);
  expect(expectedReply(prompt, { tokens: before + 60 }).startsWith(offline), offline).toBe(true);
  await context.setOffline(false);
  await tab.showsText(prompt, expectedReply(prompt, { tokens: 200 }));
  await tab.hasStatus(queued, 'queued');
  await endpoint.release(prompt);
  await tab.shows(queued, { status: 'completed', text: expectedReply(queued) });
  await expectEverywhere({ app, request }, [tab], prompt, { status: 'completed', text: expectedReply(prompt) });
});

test('[VIEW2] [VIEW4] a socket that is cut for three seconds: the page says so, and its text is whole again', async ({
  app,
  endpoint,
  tab,
  say,
  request,
  context,
  troubles,
}) => {
  troubles.allowLostConnections();
  const sockets = new Set<WebSocketRoute>();
  await context.routeWebSocket(/socket\.io/, (socket) => {
    socket.connectToServer();
    sockets.add(socket);
  });
  await tab.reload();
  const prompt = say('hold after=200 tokens=220 rate=40');
  await tab.send(prompt);
  await expect.poll(() => tab.text(prompt)).not.toBe('');
  await context.setOffline(true);
  for (const socket of sockets) await socket.close();
  await expect(tab.notices).toContainText(/Reconnecting|cannot be reached/);
  const { tokensSent: before } = await callOf(endpoint, prompt);
  await callOf(endpoint, prompt, ({ tokensSent }) => tokensSent >= before + 120);
  // What had come before is drawn meanwhile, and nothing of what was sent after.
  const shown = await tab.text(prompt);
  expect(expectedReply(prompt, { tokens: before + 60 }).startsWith(shown), shown).toBe(true);
  await context.setOffline(false);
  await tab.showsText(prompt, expectedReply(prompt, { tokens: 200 }));
  await expect(tab.notices).toBeEmpty();
  await endpoint.release(prompt);
  await expectEverywhere({ app, request }, [tab], prompt, { status: 'completed', text: expectedReply(prompt) });
});

test('[VIEW2] a network that comes back in the middle of an attempt to connect is no reason to wait', async ({
  tab,
  say,
  troubles,
}) => {
  troubles.allowLostConnections();
  await tab.page.addInitScript(() => {
    const { WebSocket } = window;
    let attempts = 0;
    window.WebSocket = class extends WebSocket {
      constructor(...address: ConstructorParameters<typeof WebSocket>) {
        super(...address);
        if (++attempts === 1) queueMicrotask(() => window.dispatchEvent(new Event('online')));
      }
    };
  });
  await tab.reload();
  const prompt = say('steady');
  await tab.send(prompt);
  await tab.shows(prompt, { status: 'completed', text: expectedReply(prompt) });
});
