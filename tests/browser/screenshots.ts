import { chromium, type Page } from '@playwright/test';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { MODEL_NAME, startModelEndpoint } from '#tests/support/model-endpoint.ts';
import { until } from '#tests/support/until.ts';
import config from '../../playwright.config.ts';
import { isHeld } from './calls.ts';
import { ConversationPage } from './conversation-page.ts';
import { launchApp } from './launched-app.ts';
import { replyByHand } from './reply-by-hand.ts';

/** Pictures of what the page looks like in its states, to be looked at: `node tests/browser/screenshots.ts FOLDER [LOOK…]`. */
const [folder, ...looks] = process.argv.slice(2);
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
  'narrow-dark': { width: 320, height: 640, colorScheme: 'dark' },
};

const LONG = [
  'A function, a formula and a table that is wider than the page.',
  '```ts\nimport { readFile } from "node:fs/promises";\n\n/** Counts the words of a file, the most frequent first. */\nexport async function countWords(path: string): Promise<Map<string, number>> {\n  const text = await readFile(path, "utf8");\n  const counts = new Map<string, number>();\n  for (const [word] of text.toLowerCase().matchAll(/\\p{L}+/gu)) {\n    counts.set(word, (counts.get(word) ?? 0) + 1); // one more of a word that may not have been seen before this line\n  }\n  return new Map([...counts].sort(([, a], [, b]) => b - a));\n}\n```',
  '$$\n\\sum_{k=1}^{n} k = \\frac{n(n+1)}{2}\n$$',
  `| ${Array.from({ length: 9 }, (_, n) => `Quarter ${n + 1}`).join(' | ')} |\n|${' ---: |'.repeat(9)}\n|${' 1,024 |'.repeat(9)}`,
].join('\n\n');

try {
  for (const [name, look] of Object.entries(LOOKS)) {
    if (looks.length > 0 && !looks.includes(name)) continue;
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
  const isNarrow = look.startsWith('narrow');
  const say = (words: string, scenario: string) => {
    const prompt = `${words} (${look})`;
    return endpoint.script(`scenario:${scenario}`, prompt).then(() => prompt);
  };
  /** All that comes before the model is held. */
  const shown = (prompt: string) =>
    until(async () => (await endpoint.callsOf(prompt)).some(isHeld) && tab.text(prompt));
  const newChat = async () => {
    if (isNarrow) await page.getByRole('button', { name: 'Menu' }).click();
    await page.getByRole('link', { name: 'New chat' }).click();
  };
  const reaches = (prompt: string, status: string) =>
    until(async () => (await tab.turn(prompt).getAttribute('data-status')) === status);
  await tab.open();
  await page.getByText(MODEL_NAME).first().waitFor();
  await take('1-empty');

  const rich = await say('Show me every kind of text you can write', 'steady tokens=150 markdown=1');
  await tab.send(rich);
  await reaches(rich, 'completed');
  await take('2-markdown');
  const long = `What does a longer piece of code look like? (${look})`;
  const reply = await replyByHand(app, tab.conversationId, long);
  await reply.say(LONG);
  await reply.finish();
  await reaches(long, 'completed');
  await tab.reply(long).locator('pre span').first().waitFor();
  await tab.reply(long).locator('.katex').first().waitFor();
  await take('2-long-code');
  await tab.turn(rich).getByRole('button', { name: 'Regenerate' }).click();
  await tab.turn(rich).getByRole('group', { name: 'Versions' }).waitFor();
  await reaches(rich, 'completed');
  await take('2-versions');
  await tab.turn(rich).getByRole('button', { name: 'More' }).click();
  await take('2-menu');
  await page.getByRole('menuitem', { name: 'Details' }).click();
  await take('2-details');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Settings of this conversation' }).click();
  await take('2-conversation-settings');
  await page.keyboard.press('Escape');

  await newChat();
  const streaming = await say('Tell me about the harbour at dawn', 'hold after=90 tokens=120');
  await tab.send(streaming);
  await shown(streaming);
  await take('3-streaming');
  const queued = await say('And then what happens?', 'steady tokens=40');
  await tab.send(queued, 'Queue');
  await reaches(queued, 'queued');
  await take('4-queued');
  const another = await say(
    'A second one waits behind it, and is a good deal longer than the first',
    'steady tokens=9',
  );
  await tab.send(another, 'Queue');
  await reaches(another, 'queued');
  await take('4-tray');
  await tab.turn(another).getByRole('button', { name: 'Edit message' }).click();
  await take('4-tray-editing');
  await page.keyboard.press('Escape');
  await tab.turn(another).getByRole('button', { name: 'Remove' }).click();
  const interjection = await say('Wait, make it evening instead', 'hold after=30 tokens=60');
  await tab.send(interjection, 'Interject');
  await shown(interjection);
  await take('5-interrupted');
  await tab.button('Stop').click();
  await reaches(interjection, 'stopped');
  await reaches(queued, 'completed');
  await take('6-stopped');

  await newChat();
  const waiting = await say('Is anybody there?', 'gate-first');
  await tab.send(waiting);
  await reaches(waiting, 'running');
  await take('7-waiting');
  await tab.button('Stop').click();
  await reaches(waiting, 'stopped');
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

  await page.getByRole('region', { name: 'Transcript' }).focus();
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
  await take('11-shortcuts');
  await page.keyboard.press('Escape');
  if (isNarrow) {
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
  await tab.box.fill('');
  await page.goto('/settings');
  await page.getByRole('heading', { name: 'Settings' }).waitFor();
  await take('12-settings');
  await page.goBack();
  await tab.ready();
  // The second death in a row costs it a pause, long enough for a picture.
  for (let deaths = 0; deaths < 2;)
    deaths += await app.kill('worker').then(
      () => 1,
      () => 0,
    );
  await tab.notices.getByText(/./).first().waitFor();
  await take('13-worker-away');
}
