import { chromium } from '@playwright/test';
import { ConversationPage } from '#tests/browser/conversation-page.ts';
import { clock } from '#tests/support/call-log.ts';
import { expectedReply } from '#tests/support/scenario-options.ts';
import { startTcpProxy } from '#tests/support/tcp-proxy.ts';
import config from '../../playwright.config.ts';
import { send } from '../acts.ts';
import type { Family } from '../measure.ts';
import { grownTo, hasStatus, recorded } from '../recorder.ts';

/** Tokens before the connection is cut, and those that are written meanwhile. */
const BEFORE = 20;
const SCENARIO = 'hold after=400 rate=500 tokens=500';

/** The way to the gateway is there again → the page's text is equal to the stored one, which has grown meanwhile. */
export const reconnect: Family = {
  name: 'reconnect',
  rounds: { full: 20, quick: 4 },
  when: 'together',
  async prepare({ app, endpoint, say }) {
    const { port, host } = new URL(app.gatewayUrl);
    const proxy = await startTcpProxy(`127.0.0.1:${port}`);
    // A browser of its own, for which the gateway's address leads through the proxy.
    const browser = await chromium.launch({
      ...config.use?.launchOptions,
      args: [...(config.use?.launchOptions?.args ?? []), `--host-resolver-rules=MAP ${host} ${proxy.address}`],
    });
    const tab = new ConversationPage(await browser.newPage({ baseURL: app.url }));
    const took: number[] = [];
    return {
      async sample() {
        const prompt = say(SCENARIO);
        await tab.open();
        await send(tab, prompt);
        await grownTo(tab.page, expectedReply(prompt, { tokens: BEFORE }).length);
        proxy.cut();
        await endpoint.until((calls) => calls.find((call) => call.prompt === prompt)?.held);
        const whole = expectedReply(prompt, { tokens: 400 }).length;
        const { moments } = await recorded(tab.page);
        if (moments.at(-1)!.length === whole) throw new Error('The page was not cut off.');
        const mendedAt = clock();
        proxy.mend();
        await grownTo(tab.page, whole);
        took.push((await recorded(tab.page)).moments.find(({ length }) => length === whole)!.at - mendedAt);
        await tab.button('Stop').click();
        await hasStatus(tab.page, 'stopped');
        await tab.page.goto('about:blank');
      },
      lines: () => [
        { what: 'reconnect → text equal again', unit: 'ms', budget: [{ at: 'p95', most: 300 }], samples: took },
      ],
      async close() {
        await browser.close();
        await proxy.close();
      },
    };
  },
};
