import { chromium, type Browser } from '@playwright/test';
import { v7 } from 'uuid';
import { ConversationPage } from '#tests/browser/conversation-page.ts';
import { freePorts } from '#tests/browser/free-ports.ts';
import { launchApp, type LaunchedApp } from '#tests/browser/launched-app.ts';
import type { ModelEndpoint } from '#tests/support/endpoint-client.ts';
import { MODEL_NAME } from '#tests/support/model-endpoint.ts';
import config from '../playwright.config.ts';
import { openDirectPage, type DirectPage } from './direct-page.ts';
import { ended, sendTurn } from './api.ts';
import { startEndpointProcess } from './endpoint-process.ts';

/** The built app as `npm start` runs it, the scripted endpoint in its own process, and one browser with a page of each. */
export type Setting = {
  quick: boolean;
  endpoint: ModelEndpoint;
  app: LaunchedApp;
  browser: Browser;
  direct: DirectPage;
  /** A prompt that plays a scenario, and is no other prompt of this run. */
  say: (scenario: string) => string;
  /** Where a Node process of the app opens its inspector when it gets SIGUSR1. */
  inspectorPort: number;
  /** The page that is timed. No other one is open meanwhile: each would draw the list of conversations as well. */
  tab: ConversationPage;
  /** One more page, in a window of its own; its family takes it away again when it has been looked at. */
  openTab: (conversationId?: string) => Promise<ConversationPage>;
  close: () => Promise<void>;
};

export async function prepareSetting(quick: boolean): Promise<Setting> {
  const endpoint = await startEndpointProcess();
  const [inspectorPort = 0] = await freePorts(1);
  const app = await launchApp({
    NODE_OPTIONS: `--inspect-port=127.0.0.1:${inspectorPort}`,
    OPENAI_API_KEY: 'bench-key',
    OPENAI_BASE_URL: endpoint.baseURL,
    OPENAI_MODEL: MODEL_NAME,
  });
  const browser = await chromium.launch(config.use?.launchOptions);
  const openTab = async (conversationId?: string) => {
    const tab = new ConversationPage(await browser.newPage({ baseURL: app.url }));
    await tab.open(conversationId);
    return tab;
  };
  // The very first turn of a worker compiles what all later ones run.
  await ended(app, await sendTurn(app, v7(), 'scenario:steady (warm)'));
  let said = 0;
  return {
    quick,
    endpoint,
    app,
    browser,
    direct: await openDirectPage(browser, endpoint.url),
    tab: await openTab(),
    inspectorPort,
    say: (scenario) => `scenario:${scenario} (${++said})`,
    openTab,
    async close() {
      await browser.close();
      await app.close();
      await endpoint.close();
    },
  };
}
