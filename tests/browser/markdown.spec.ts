import type { Page } from '@playwright/test';
import { expectedReply } from '#tests/support/scenario-options.ts';
import { expect, test } from './app.ts';
import { expectEverywhere } from './everywhere.ts';
import { recordGrowth } from './growth.ts';
import { piecesOf, replyByHand } from './reply-by-hand.ts';

/** What a model could be talked into writing. Each that ran would leave its name in `window.ran`. */
const HOSTILE = [
  `Before <script>window.ran = 'script'</script> it.`,
  `<img src="x" onerror="window.ran = 'onerror'"> <svg onload="window.ran = 'onload'"></svg>`,
  `<iframe src="javascript:parent.ran = 'iframe'"></iframe><style>body { display: none }</style>`,
  `<a href="https://example.com/raw" onclick="window.ran = 'onclick'">raw</a>`,
  `[a script](javascript:window.ran='link') [hidden](&#106;avascript:window.ran='entity') [data](data:text/html,<b>x</b>)`,
  `[file](file:///etc/passwd) [ours](/api/health) [protocol-free](//example.com/x)`,
  `![a remote picture](https://example.com/pixel.png) ![x](data:image/svg+xml;base64,PHN2Zy8+)`,
  `[a good link](https://example.com/page) and <https://example.com/bracketed> and [mail](mailto:a@example.com)`,
  '```html\n<script>window.ran = "code"</script>\n```',
  `<form action="https://example.com"><input name="x"></form>`,
].join('\n\n');

test('[SEC4] what a reply holds runs nothing and loads nothing, while it grows and after', async ({
  app,
  tab,
  say,
}) => {
  const begun = say('steady');
  await tab.send(begun);
  await tab.hasStatus(begun, 'completed');
  const prompt = `<img src=x onerror="window.ran='prompt'"> **as typed** ${say('steady')}`;
  const reply = await replyByHand(app, tab.conversationId, prompt);
  for (const piece of piecesOf(HOSTILE, 40)) await reply.say(piece);
  await expect(tab.reply(prompt)).toContainText('https://example.com/bracketed');
  await expectHarmless();
  await reply.finish();
  await tab.hasStatus(prompt, 'completed');
  await expectHarmless();
  await tab.reload();
  await expectHarmless();

  async function expectHarmless(): Promise<void> {
    const drawn = tab.reply(prompt);
    await expect(drawn).toContainText('<form action="https://example.com">');
    await expect(drawn).toContainText(`<script>window.ran = 'script'</script>`);
    await expect(
      drawn.locator('script, img, svg, iframe, style, form, input, object, embed, link, [onclick]'),
    ).toHaveCount(0);
    const links = await drawn.locator('a').evaluateAll((all) =>
      all.map((link) => ({
        to: link.getAttribute('href'),
        target: link.getAttribute('target'),
        rel: link.getAttribute('rel'),
      })),
    );
    expect(links.map(({ to }) => to)).toEqual([
      'https://example.com/pixel.png',
      'https://example.com/page',
      'https://example.com/bracketed',
      'mailto:a@example.com',
    ]);
    for (const { target, rel } of links) {
      expect(target).toBe('_blank');
      expect(rel?.split(' ')).toEqual(expect.arrayContaining(['noopener', 'noreferrer']));
    }
    for (const words of ['a script', 'hidden', 'data', 'file', 'ours', 'protocol-free']) {
      await drawn.getByText(words).first().click();
    }
    expect(await tab.page.evaluate(() => 'ran' in window)).toBe(false);
    await expect(tab.turn(prompt).locator('[data-part="prompt"]')).toHaveText(prompt, { useInnerText: false });
  }
});

test('[API2] Markdown is drawn, and its source is what the API keeps', async ({ app, tab, say, request }) => {
  const prompt = say('steady tokens=130 markdown=1 rate=200');
  await tab.send(prompt);
  await tab.hasStatus(prompt, 'completed');
  const drawn = tab.reply(prompt);
  const text = expectedReply(prompt);
  for (const tag of ['h2', 'strong', 'em', 'p code', 'ul ul li', 'a', 'pre code', 'table td', 'ol li', 'blockquote']) {
    await expect(drawn.locator(tag).first(), tag).toBeVisible();
  }
  const code = /```ts\n(.*?)\n```/s.exec(text)?.[1];
  expect(((await drawn.locator('pre code').first().textContent()) ?? '').trimEnd()).toBe(code);
  const row = await app.store.turn(await tab.idOf(prompt));
  expect(row?.reply).toBe(text);
  const answer = await request.get(`/api/conversations/${tab.conversationId}`);
  expect(((await answer.json()) as { turns: { reply: string }[] }).turns.at(-1)?.reply).toBe(text);
});

test('[API2] unusual text arrives to the character', async ({ app, tab, say, request }) => {
  const prompt = `${say('steady tokens=200 unicode=1 rate=400')} 👨‍👩‍👧‍👦 שָׁלוֹם e\u0301 𠮷`;
  await tab.send(prompt);
  await expectEverywhere({ app, request }, [tab], prompt, { status: 'completed', text: expectedReply(prompt) });
  expect((await app.store.turn(await tab.idOf(prompt)))?.prompt).toBe(prompt);
});

test('[PAGE10] Markdown that grows never takes a letter back, nor a line of its height', async ({ tab, say }) => {
  const prompt = say('steady tokens=600 rate=250 markdown=1');
  await tab.send(prompt);
  const turnId = await tab.idOf(prompt);
  const growth = await recordGrowth(tab.page, turnId);
  const heights = await recordHeights(tab.page, turnId);
  await tab.hasStatus(prompt, 'completed');
  await expect(tab.reply(prompt).locator('pre code span').last()).toBeVisible();

  // Marks (a list's number, a table's lines) are text until they are known for what they are; letters never are.
  const lettersOf = (shown: string) => shown.replaceAll(/[^\p{L}]/gu, '');
  const moments = await growth();
  expect(moments.length).toBeGreaterThan(5);
  let before = '';
  for (const moment of moments) {
    const letters = lettersOf(moment.text);
    expect(letters.startsWith(before), `${before.slice(-40)} → ${letters.slice(-60)}`).toBe(true);
    before = letters;
  }
  const seen = await heights();
  for (const [index, height] of seen.entries()) {
    expect(height).toBeGreaterThan((seen[index - 1] ?? 0) - ONE_LINE);
  }
});

/** In pixels. What is a heading's underline for a moment and then a list gives back less than that. */
const ONE_LINE = 30;

/** The reply's height whenever the browser lays it out with another one. */
async function recordHeights(page: Page, turnId: string): Promise<() => Promise<number[]>> {
  const reply = page.locator(`[data-turn-id="${turnId}"] [data-part="reply"]`);
  const heights = await reply.evaluateHandle((element) => {
    const seen: number[] = [];
    new ResizeObserver(([entry]) => seen.push(entry!.contentRect.height)).observe(element);
    return seen;
  });
  return () => heights.jsonValue();
}
