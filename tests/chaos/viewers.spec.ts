import { callOf } from '#tests/browser/calls.ts';
import type { ConversationPage } from '#tests/browser/conversation-page.ts';
import { expectEverywhere } from '#tests/browser/everywhere.ts';
import { browserProcesses, rssOf } from '#tests/support/processes.ts';
import { expectedReply } from '#tests/support/scenario-options.ts';
import { openSlowLink } from '#tests/support/slow-link.ts';
import { openViewer, type Viewer } from '#tests/support/viewer.ts';
import { expect, test } from './chaos.ts';
import { inSeconds, measured } from './report.ts';

/** Tokens a second: what passes meanwhile is counted in them, not by a clock. */
const RATE = 40;
const isWhole = process.env['CHAOS'] === 'whole';

test.beforeEach(({ troubles }) => troubles.allowLostConnections());

for (const [words, seconds, tag] of [
  ['five seconds', 5, '@quick'],
  ['three minutes', 180, '@whole'],
] as const) {
  test(
    `[VIEW2] [VIEW4] [VIEW9] a browser that is offline for ${words}`,
    { tag },
    async ({ app, endpoint, tab, openTab, say, request, context }, info) => {
      test.setTimeout(90_000 + seconds * 1_000);
      const after = RATE * (seconds + 1);
      const [prompt, sent] = [say(`hold after=${after} tokens=${after + 20} rate=${RATE} unicode=1`), say('steady')];
      await tab.send(prompt);
      const tabs: [ConversationPage, ConversationPage] = [tab, await openTab()];
      const viewer = await openViewer({ port: app.portOf('gateway'), conversationId: tab.conversationId });
      const turnId = await tab.idOf(prompt);
      await callOf(endpoint, prompt, ({ tokensSent }) => tokensSent > 10);
      const sockets: string[] = [];
      const answers: string[] = [];
      for (const { page } of tabs) {
        page.on('websocket', (socket) => sockets.push(socket.url()));
        page.on(
          'requestfinished',
          (request) => request.url().startsWith(app.gatewayUrl) && answers.push(request.url()),
        );
      }
      await context.setOffline(true);
      const offlineAt = performance.now();
      await tab.send(sent, 'Queue');
      await callOf(endpoint, prompt, ({ held }) => held, { timeoutMs: (seconds + 60) * 1_000 });
      const offlineMs = performance.now() - offlineAt;
      const whole = expectedReply(prompt, { tokens: after });
      // Who is online is told everything meanwhile, and who is not keeps what it had.
      await viewer.until(() => viewer.textOf(turnId) === whole);
      for (const each of tabs) {
        const shown = await each.text(prompt);
        expect(whole.startsWith(shown) && shown.length < whole.length, shown).toBe(true);
      }
      // Each try follows a plain request that was answered: none was, but for one as the network went.
      expect(sockets.length, `${answers.length} answers`).toBeLessThanOrEqual(answers.length);
      await context.setOffline(false);
      const onlineAt = performance.now();
      for (const each of tabs) await each.showsText(prompt, whole);
      const backMs = performance.now() - onlineAt;
      await endpoint.release(prompt);
      await expectEverywhere({ app, request }, tabs, prompt, { status: 'completed', text: expectedReply(prompt) });
      await expectEverywhere({ app, request }, tabs, sent, { status: 'completed', text: expectedReply(sent) });
      expect(await endpoint.callsOf(prompt)).toHaveLength(1);
      expect(await endpoint.callsOf(sent)).toHaveLength(1);
      viewer.close();
      measured(info, `offline ${inSeconds(offlineMs)}; text exact ${inSeconds(backMs)} after; 1 model call each`);
    },
  );
}

test(
  '[PAGE9] [VIEW2] [VIEW4] a laptop that sleeps for longer than the gateway waits',
  { tag: '@whole' },
  async ({ app, endpoint, tab, openTab, say, request }, info) => {
    const SECONDS = 40;
    test.setTimeout(180_000);
    const after = RATE * SECONDS;
    const [prompt, next] = [say(`hold after=${after} tokens=${after + 20} rate=${RATE} unicode=1`), say('steady')];
    await tab.send(prompt);
    const tabs: [ConversationPage, ConversationPage] = [tab, await openTab()];
    await callOf(endpoint, prompt, ({ tokensSent }) => tokensSent > 10);
    let sockets = 0;
    for (const { page } of tabs) page.on('websocket', () => sockets++);
    const pids = browserProcesses();
    expect(pids.length).toBeGreaterThan(2);
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    const asleepAt = performance.now();
    try {
      await callOf(endpoint, prompt, ({ held }) => held, { timeoutMs: 120_000 });
    } finally {
      for (const pid of pids) process.kill(pid, 'SIGCONT');
    }
    const awakeAt = performance.now();
    const whole = expectedReply(prompt, { tokens: after });
    for (const each of tabs) await each.showsText(prompt, whole);
    const backMs = performance.now() - awakeAt;
    // The old connections were given up meanwhile: these are others.
    expect(sockets).toBeGreaterThanOrEqual(tabs.length);
    await tab.send(next, 'Queue');
    await endpoint.release(prompt);
    await expectEverywhere({ app, request }, tabs, prompt, { status: 'completed', text: expectedReply(prompt) });
    await expectEverywhere({ app, request }, tabs, next, { status: 'completed', text: expectedReply(next) });
    expect(await endpoint.callsOf(prompt)).toHaveLength(1);
    measured(
      info,
      `${pids.length} processes of the browser stopped for ${inSeconds(awakeAt - asleepAt)}; text exact ${inSeconds(backMs)} after`,
    );
  },
);

for (const [pages, viewers, tag] of [
  [3, 17, '@quick'],
  [20, 0, '@whole'],
] as const) {
  test(
    `[GW1] [STOP1] twenty viewers of one conversation, ${pages} of them pages`,
    { tag },
    async ({ app, endpoint, tab, openTab, say, request }, info) => {
      test.setTimeout(isWhole ? 300_000 : 60_000);
      const [first, stopped] = [say('steady tokens=300 rate=100 unicode=1'), say('hold after=30 tokens=40')];
      await tab.send(first);
      const tabs: [ConversationPage, ...ConversationPage[]] = [tab];
      while (tabs.length < pages) tabs.push(await openTab());
      const { conversationId } = tab;
      const open = () => openViewer({ port: app.portOf('gateway'), conversationId });
      const others: Viewer[] = await Promise.all(Array.from({ length: viewers }, open));
      const text = expectedReply(first);
      await expectEverywhere({ app, request }, tabs, first, { status: 'completed', text });
      const firstId = await tab.idOf(first);
      for (const other of others) await other.until(() => other.textOf(firstId) === text);

      await tabs.at(-1)!.send(stopped);
      const begun = expectedReply(stopped, { tokens: 30 });
      for (const each of tabs) await each.showsText(stopped, begun);
      await tabs.at(-1)!.button('Stop').click();
      await expectEverywhere({ app, request }, tabs, stopped, { status: 'stopped', text: begun });
      await endpoint.release(stopped);
      const stoppedId = await tab.idOf(stopped);
      for (const other of others) {
        await other.until(() => other.view().turns.get(stoppedId)?.status === 'stopped');
        expect(other.textOf(stoppedId)).toBe(begun);
        other.close();
      }
      expect(await endpoint.callsOf(first)).toHaveLength(1);
      measured(info, `${pages} pages and ${viewers} sockets: the same text, and the same after a Stop in one of them`);
    },
  );
}

for (const [who, isStopped] of [
  ['takes 2 KB a second', false],
  ['is stopped by SIGSTOP', true],
] as const) {
  test(
    `[GW4] a viewer that ${who}, beside one that reads`,
    { tag: isStopped ? '@whole' : '@quick' },
    async ({ app, endpoint, tab, say, request }, info) => {
      const [first, prompt] = [say('steady'), say('hold after=900 tokens=920 rate=300')];
      await tab.send(first);
      await tab.hasStatus(first, 'completed');
      const { conversationId } = tab;
      const link = await openSlowLink(app.portOf('gateway'));
      const slow = await openViewer({ port: link.port, conversationId });
      const quick = await openViewer({ port: app.portOf('gateway'), conversationId });
      const worker = (await app.pidOf('worker'))!;
      const before = rssOf(worker);
      if (isStopped) process.kill(link.pid, 'SIGSTOP');
      else await link.setRate(2_000);
      await tab.send(prompt);
      const whole = expectedReply(prompt, { tokens: 900 });
      const turnId = await tab.idOf(prompt);
      await callOf(endpoint, prompt, ({ held }) => held, { timeoutMs: 40_000 });
      const heldAt = performance.now();
      await quick.until(() => quick.textOf(turnId) === whole);
      const quickMs = performance.now() - heldAt;
      await tab.showsText(prompt, whole);
      const shown = slow.textOf(turnId);
      expect(whole.startsWith(shown) && shown.length < whole.length, shown).toBe(true);
      const grown = rssOf(worker) - before;
      if (isStopped) process.kill(link.pid, 'SIGCONT');
      else await link.setRate(null);
      const goesOnAt = performance.now();
      await slow.until(() => slow.textOf(turnId) === whole, 20_000);
      const slowMs = performance.now() - goesOnAt;
      await endpoint.release(prompt);
      const text = expectedReply(prompt);
      await slow.until(() => slow.view().turns.get(turnId)?.status === 'completed');
      expect([slow.textOf(turnId), quick.textOf(turnId)]).toEqual([text, text]);
      await expectEverywhere({ app, request }, [tab], prompt, { status: 'completed', text });
      slow.close();
      quick.close();
      await link.close();
      measured(
        info,
        `the other had all ${whole.length} characters ${inSeconds(quickMs)} after the last, the slow one ${shown.length}; it caught up in ${inSeconds(slowMs)}; worker's RSS ${grown >= 0 ? '+' : ''}${(grown / 1024).toFixed(1)} MiB over the whole turn`,
      );
    },
  );
}
