import { expectedReply, expectedThoughts } from '#tests/support/scenario-options.ts';
import { expect, test } from './app.ts';
import { callOf, isHeld } from './calls.ts';
import { replyByHand } from './reply-by-hand.ts';

const CODE = 'const answer = 42;\nif (answer > 40) {\n  console.log("so long", answer);\n}';
const RICH = [
  'Some code:',
  `\`\`\`ts\n${CODE}\n\`\`\``,
  '```\nwithout a language\n```',
  `| ${Array.from({ length: 12 }, (_, n) => `a long heading ${n}`).join(' | ')} |\n|${' --- |'.repeat(12)}\n|${' cell |'.repeat(12)}`,
  'A picture: ![a cat](https://example.com/cat.png)',
].join('\n\n');

test('[PAGE1] code has its language’s name, colours and a button that copies it; the reply holds its text alone', async ({
  app,
  context,
  tab,
  say,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const begun = say('steady');
  await tab.send(begun);
  await tab.hasStatus(begun, 'completed');
  const prompt = say('steady');
  const reply = await replyByHand(app, tab.conversationId, prompt);
  await reply.say(RICH);
  await reply.finish();
  await tab.hasStatus(prompt, 'completed');
  const turn = tab.turn(prompt);
  const code = tab.reply(prompt).locator('pre code').first();
  await expect(code.locator('span').first()).toBeVisible();
  expect(await code.textContent()).toBe(`${CODE}\n`);
  const colours = await code
    .locator('span')
    .evaluateAll((all) => new Set(all.map((span) => getComputedStyle(span).color)).size);
  expect(colours).toBeGreaterThan(2);
  await expect(turn.getByText('ts', { exact: true })).toBeVisible();
  await expect(tab.reply(prompt).getByRole('button')).toHaveCount(0);

  const copy = turn.getByRole('button', { name: 'Copy code' }).first();
  // It lies over its code, whatever stands around it.
  const [button, block] = [
    (await copy.boundingBox())!,
    (await tab.reply(prompt).locator('pre').first().boundingBox())!,
  ];
  expect(button.y).toBeGreaterThanOrEqual(block.y);
  expect(button.y + button.height).toBeLessThan(block.y + 48);
  expect(button.x + button.width).toBeLessThanOrEqual(block.x + block.width);
  await copy.click();
  await expect(turn.getByRole('button', { name: 'Copied' })).toBeVisible();
  expect(await tab.page.evaluate(() => navigator.clipboard.readText())).toBe(CODE);

  const table = tab.reply(prompt).getByRole('figure', { name: 'Table' });
  expect(await table.evaluate((box) => box.scrollWidth > box.clientWidth)).toBe(true);
  expect(await tab.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  await expect(tab.reply(prompt).getByRole('link', { name: 'a cat' })).toHaveAttribute(
    'href',
    'https://example.com/cat.png',
  );
});

test('[PAGE1] code that comes right after other code has its button too', async ({ app, tab, say }) => {
  const begun = say('steady');
  await tab.send(begun);
  await tab.hasStatus(begun, 'completed');
  const prompt = say('steady');
  const reply = await replyByHand(app, tab.conversationId, prompt);
  const copy = tab.turn(prompt).getByRole('button', { name: 'Copy code' });
  await reply.say('```ts\nfirst();\n```');
  await expect(copy).toHaveCount(1);
  await reply.say('\n\nAnd:\n\n```ts\nsecond();\n```');
  await expect(copy).toHaveCount(2);
  await reply.finish();
});

test('a formula is drawn by KaTeX, which is loaded with the first one and not before', async ({ app, tab, say }) => {
  const isLoaded = () =>
    tab.page.evaluate(() =>
      [...document.styleSheets].some((sheet) => [...sheet.cssRules].some((rule) => rule.cssText.startsWith('.katex'))),
    );
  const begun = say('steady');
  await tab.send(begun);
  await tab.hasStatus(begun, 'completed');
  const paid = await replyByHand(app, tab.conversationId, say('steady'));
  await paid.say('It costs $5, or $6.');
  await paid.finish();
  await expect(tab.turns.last()).toHaveAttribute('data-status', 'completed');
  expect(await isLoaded()).toBe(false);
  const prompt = say('steady');
  const reply = await replyByHand(app, tab.conversationId, prompt);
  await reply.say('Inline \\(a^2 + b^2\\) and `\\(code\\)`:\n\n$$\nE = mc^2\n$$\n\n\\[x_1\\]');
  await reply.finish();
  await expect(tab.reply(prompt).locator('.katex')).toHaveCount(3);
  await expect(tab.reply(prompt).locator('.katex-display')).toHaveCount(2);
  await expect(tab.reply(prompt).locator('code')).toHaveText('\\(code\\)');
  expect(await isLoaded()).toBe(true);
});

for (const [where, tagged] of [
  ['in a field of its own', 0],
  ['in tags', 1],
] as const) {
  test(`[PAGE1] [MOD5] reasoning that comes ${where} is folded, with its seconds, and is no part of the reply`, async ({
    endpoint,
    tab,
    say,
  }) => {
    const prompt = say(`reasoning held=1 tagged=${tagged}`);
    await tab.send(prompt);
    await expect(tab.turn(prompt).getByRole('button', { name: 'Reasoning…' })).toBeVisible();
    await endpoint.release(prompt);
    await tab.shows(prompt, { status: 'completed', text: expectedReply(prompt) });
    const fold = tab.turn(prompt).getByRole('button', { name: /^Reasoned for [\d.]+ s$/ });
    await expect(fold).toHaveAttribute('aria-expanded', 'false');
    const thoughts = tab.turn(prompt).locator('[data-part="reasoning"] p');
    await expect(thoughts).toBeHidden();
    await fold.click();
    await expect(thoughts).toBeVisible();
    await expect(thoughts).toHaveText(expectedThoughts(prompt));
  });
}

test('a turn’s details: model, tokens, time to first token, and the way to its workflow in Temporal', async ({
  tab,
  say,
  request,
}) => {
  const prompt = say('steady tokens=30');
  await tab.send(prompt);
  await tab.hasStatus(prompt, 'completed');
  await tab.turn(prompt).getByRole('button', { name: 'More' }).click();
  await tab.page.getByRole('menuitem', { name: 'Details' }).click();
  const details = tab.page.getByRole('dialog', { name: 'Details' });
  for (const [name, value] of [
    ['Model', /\S/],
    ['Tokens written', /^30$/],
    ['Tokens read', /^\d+$/],
    ['Time to first token', /^[\d.]+ s$/],
  ] as const) {
    await expect(details.getByRole('term').filter({ hasText: new RegExp(`^${name}$`) })).toBeVisible();
    await expect(details.getByRole('definition').filter({ hasText: value }).first()).toBeVisible();
  }
  const { temporal } = (await (await request.get('/api/health')).json()) as {
    temporal: { url?: string; namespace?: string };
  };
  const link = details.getByRole('link', { name: 'This conversation’s workflow in Temporal' });
  await expect(link).toHaveAttribute(
    'href',
    `${temporal.url}/namespaces/${temporal.namespace}/workflows/${tab.conversationId}`,
  );
  await tab.page.keyboard.press('Escape');
  await expect(details).toBeHidden();
});

test('a link to a turn is copied; a reply that still grows is copied as far as it is', async ({
  context,
  endpoint,
  tab,
  say,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const copied = () => tab.page.evaluate(() => navigator.clipboard.readText());
  const prompt = say('hold after=8');
  await tab.send(prompt);
  await callOf(endpoint, prompt, isHeld);
  await tab.showsText(prompt, expectedReply(prompt, { tokens: 8 }));
  await tab.turn(prompt).getByRole('button', { name: 'Copy reply' }).click();
  await expect.poll(copied).toBe(expectedReply(prompt, { tokens: 8 }));
  await tab.turn(prompt).getByRole('button', { name: 'More' }).click();
  await tab.page.getByRole('menuitem', { name: 'Copy link' }).click();
  await expect.poll(copied).toBe(`${new URL(tab.page.url()).origin}/c/${tab.conversationId}#${await tab.idOf(prompt)}`);
  await expect(tab.turn(prompt).getByRole('status', { name: 'Link' })).toHaveText('Link copied');
  await tab.hasStatus(prompt, 'running');
});

test('where the browser forbids to copy, that is said', async ({ tab, say }) => {
  await tab.page.evaluate(() => {
    navigator.clipboard.writeText = () => Promise.reject(new DOMException('Not here.', 'NotAllowedError'));
  });
  const prompt = say('steady');
  await tab.send(prompt);
  await tab.hasStatus(prompt, 'completed');
  await tab.turn(prompt).getByRole('button', { name: 'Copy reply' }).click();
  await expect(tab.turn(prompt).getByRole('button', { name: 'Could not copy' })).toBeVisible();
  await tab.turn(prompt).getByRole('button', { name: 'More' }).click();
  await tab.page.getByRole('menuitem', { name: 'Copy link' }).click();
  await expect(tab.turn(prompt).getByRole('status', { name: 'Link' })).toHaveText('Could not copy the link');
});

test('[PAGE6] what is waited for is said, and how fast text comes', async ({ endpoint, tab, say }) => {
  const [prompt, flowing] = [say('gate-first'), say('endless rate=60')];
  await tab.send(prompt);
  await callOf(endpoint, prompt, isHeld);
  await expect(tab.turn(prompt)).toContainText(/Waiting for the model… \d+ s/);
  await tab.send(flowing, 'Interject');
  await expect(tab.turn(flowing)).toContainText(/Writing \d+ characters a second/);
  await tab.button('Stop').click();
  await tab.hasStatus(flowing, 'stopped');
});
