import { test as base } from '@playwright/test';
import type { ModelEndpoint } from '#tests/support/endpoint-client.ts';
import { MODEL_NAME, startModelEndpoint } from '#tests/support/model-endpoint.ts';
import { ConversationPage } from './conversation-page.ts';
import { launchApp, type LaunchedApp } from './launched-app.ts';
import { Troubles } from './troubles.ts';

/** Who answers: the scripted endpoint, or the real model that comes with Parley. */
export type ProviderOption = { provider: 'scripted' | 'embedded' };

/** Launcher, web, worker, Temporal and the scripted endpoint: one of each for all tests of a runner's process. */
type Shared = ProviderOption & { endpoint: ModelEndpoint; app: LaunchedApp };

type Each = {
  /** What must not happen in any page of a test; what one means to happen, it allows. */
  troubles: Troubles;
  /** The test's first tab, at a new conversation. */
  tab: ConversationPage;
  /** One more tab of the same browser, at the first one's conversation. */
  openTab: () => Promise<ConversationPage>;
  /** A prompt that plays a scenario, and is no other prompt of any test. */
  say: (scenario: string) => string;
};

export const test = base.extend<Each, Shared>({
  provider: ['scripted', { scope: 'worker', option: true }],
  endpoint: [
    // oxlint-disable-next-line no-empty-pattern -- Playwright reads the pattern to learn what a fixture needs
    async ({}, use) => {
      const endpoint = await startModelEndpoint();
      await use(endpoint);
      await endpoint.close();
    },
    { scope: 'worker' },
  ],
  app: [
    async ({ provider, endpoint }, use) => {
      const scripted = { OPENAI_API_KEY: 'test-key', OPENAI_BASE_URL: endpoint.baseURL, OPENAI_MODEL: MODEL_NAME };
      const app = await launchApp(provider === 'scripted' ? scripted : { MODEL_SOURCE: 'embedded' });
      await use(app);
      await app.close();
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  baseURL: async ({ app }, use) => use(app.url),
  troubles: async ({ context, app }, use) => {
    const troubles = new Troubles(context, [app.url, app.gatewayUrl]);
    await use(troubles);
    troubles.expectNone();
  },
  tab: async ({ page, troubles: _ }, use) => {
    const tab = new ConversationPage(page);
    await tab.open();
    await use(tab);
  },
  openTab: async ({ context, tab }, use) => {
    await use(async () => {
      const another = new ConversationPage(await context.newPage());
      await another.open(tab.conversationId);
      return another;
    });
  },
  // oxlint-disable-next-line no-empty-pattern -- as above
  say: async ({}, use, { testId, repeatEachIndex }) => {
    let said = 0;
    await use((scenario) => `scenario:${scenario} (${testId.slice(-8)}-${repeatEachIndex}-${++said})`);
  },
});
export { expect } from '@playwright/test';
