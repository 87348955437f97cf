import { chromium, type Page } from '@playwright/test';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { MODEL_NAME, startModelEndpoint } from '#tests/support/model-endpoint.ts';
import { until } from '#tests/support/until.ts';
import config from '../../playwright.config.ts';
import { isHeld } from './calls.ts';
import { ConversationPage } from './conversation-page.ts';
import { launchApp } from './launched-app.ts';

/** Pictures of what the page looks like in its states, to be looked at: `node tests/browser/screenshots.ts FOLDER`. */
const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('Name the folder for the pictures.');
await mkdir(folder, { recursive: true });

const endpoint = await startModelEndpoint();
const app = await launchApp({
  OPENAI_API_KEY: 'test-key',
  OPENAI_BASE_URL: endpoint.baseURL,
  OPENAI_MODEL: MODEL_NAME,
});
const browser = await chromium.launch(config.use?.launchOptions);

type Look = { width: number; height: number; colorScheme: 'light' | 'dark' };
const WIDE: Look = { width: 1280, height: 860, colorScheme: 'light' };
const LOOKS: Record<string, Look> = {
  wide: WIDE,
  dark: { ...WIDE, colorScheme: 'dark' },
  narrow: { width: 320, height: 640, colorScheme: 'light' },
};

try {
  for (const [name, look] of Object.entries(LOOKS)) {
    const { width, height, colorScheme } = look;
    const context = await browser.newContext({ baseURL: app.url, viewport: { width, height }, colorScheme });
    const page = await context.newPage();
    const take = async (state: string) => {
      await page.evaluate(atRest);
      await page.screenshot({ path: join(folder, `${name}-${state}.png`) });
    };
    await states(page, new ConversationPage(page), take, name);
    await context.close();
  }
} finally {
  await browser.close();
  await app.close();
  await endpoint.close();
}

/** What moves or fades in has arrived; what pulses for ever is not waited for. */
async function atRest(): Promise<void> {
  const ending = document.getAnimations().filter(({ effect }) => effect?.getTiming().iterations !== Infinity);
  await Promise.allSettled(ending.map(({ finished }) => finished));
}

async function states(page: Page, tab: ConversationPage, take: (state: string) => Promise<unknown>, look: string) {
  const say = (words: string, scenario: string) => {
    const prompt = `${words} (${look})`;
    return endpoint.script(`scenario:${scenario}`, prompt).then(() => prompt);
  };
  /** All that comes before the model is held. */
  const shown = (prompt: string) =>
    until(async () => (await endpoint.callsOf(prompt)).some(isHeld) && tab.text(prompt));
  const newChat = async () => {
    if (look === 'narrow') await page.getByRole('button', { name: 'Menu' }).click();
    await page.getByRole('link', { name: 'New chat' }).click();
  };
  await tab.open();
  await page.getByText(MODEL_NAME).first().waitFor();
  await take('1-empty');

  const rich = await say('Show me every kind of text you can write', 'steady tokens=150 markdown=1');
  await tab.send(rich);
  await tab.hasStatus(rich, 'completed');
  await take('2-markdown');

  await newChat();
  const streaming = await say('Tell me about the harbour at dawn', 'hold after=90 tokens=120');
  await tab.send(streaming);
  await shown(streaming);
  await take('3-streaming');
  const queued = await say('And then what happens?', 'steady tokens=40');
  await tab.send(queued, 'Queue');
  await tab.hasStatus(queued, 'queued');
  await take('4-queued');
  const interjection = await say('Wait, make it evening instead', 'hold after=30 tokens=60');
  await tab.send(interjection, 'Interject');
  await shown(interjection);
  await take('5-interrupted');
  await tab.button('Stop').click();
  await tab.hasStatus(interjection, 'stopped');
  await tab.hasStatus(queued, 'completed');
  await take('6-stopped');

  await newChat();
  const waiting = await say('Is anybody there?', 'gate-first');
  await tab.send(waiting);
  await tab.hasStatus(waiting, 'running');
  await take('7-waiting');
  await tab.button('Stop').click();
  await tab.hasStatus(waiting, 'stopped');
  const failed = await say('Write more than you can', 'truncate after=40');
  await tab.send(failed);
  await page.getByText('Trying again in').waitFor();
  await take('8-trying-again');
  await page.getByRole('alert').getByRole('button', { name: 'Retry' }).waitFor();
  await take('9-failed');
  const paused = await say('With a key that is wrong', 'wrong-key');
  await tab.send(paused);
  await page.getByText('This conversation is paused').waitFor();
  await take('10-paused');

  if (look === 'narrow') {
    await page.getByRole('button', { name: 'Menu' }).click();
    await take('11-drawer');
    await page.keyboard.press('Escape');
  } else {
    await tab.list.getByRole('button', { name: `Delete ${rich}` }).click();
    await take('11-deleted');
  }
  await tab.box.fill('too long '.repeat(4_000));
  await tab.button('Send').click();
  await take('12-too-long');
  // The second death in a row costs it a pause, long enough for a picture.
  for (let deaths = 0; deaths < 2;)
    deaths += await app.kill('worker').then(
      () => 1,
      () => 0,
    );
  await tab.notices.getByText(/./).first().waitFor();
  await take('13-worker-away');
}
