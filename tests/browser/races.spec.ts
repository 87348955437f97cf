import { setTimeout as pause } from 'node:timers/promises';
import { expectedReply } from '#tests/support/scenario-options.ts';
import { expect, test } from './app.ts';
import { callOf, isHeld } from './calls.ts';
import { ConversationPage } from './conversation-page.ts';
import { expectEverywhere, turnsOf } from './everywhere.ts';

/** What a page shows of acts at nearly the same moment; with many offsets, and every rule, in tests/worker. */

test('[SEND1] two browsers send at once: both are answered, in the same order in both and after a reload', async ({
  app,
  browser,
  tab,
  say,
  request,
}) => {
  const first = say('steady');
  await tab.send(first);
  // Two tabs of one browser share what is written: the second might take the first one's words into its box.
  const elsewhere = await browser.newContext({ baseURL: app.url });
  const other = new ConversationPage(await elsewhere.newPage());
  await other.open(tab.conversationId);
  const [one, two] = [say('steady'), say('steady')];
  await Promise.all([tab.box.fill(one), other.box.fill(two)]);
  await Promise.all([tab.box.press('Enter'), other.box.press('Enter')]);
  for (const prompt of [one, two]) {
    const shown = { status: 'completed', text: expectedReply(prompt) } as const;
    await expectEverywhere({ app, request }, [tab, other], prompt, shown);
  }
  const prompts = (await turnsOf(request, tab.conversationId)).map(({ prompt }) => prompt);
  expect(prompts.toSorted()).toEqual([first, one, two].toSorted());
  for (const each of [tab, other]) await each.showsPrompts(prompts);
  await tab.reload();
  await tab.showsPrompts(prompts);
  await elsewhere.close();
});

test('[ROW3] a Stop at the last token: one end, the same in both tabs and after a reload', async ({
  app,
  endpoint,
  tab,
  openTab,
  say,
  request,
}) => {
  const ends: string[] = [];
  for (const offsetMs of [-20, 0, 20, 40, 80]) {
    const prompt = say('hold after=5 tokens=9');
    await tab.send(prompt);
    const other = await openTab();
    await callOf(endpoint, prompt, isHeld);
    await other.showsText(prompt, expectedReply(prompt, { tokens: 5 }));
    await Promise.all([
      pause(Math.max(0, -offsetMs)).then(() => endpoint.release(prompt)),
      // One that comes too late finds no button any more.
      pause(Math.max(0, offsetMs)).then(() => other.page.keyboard.press('Escape')),
    ]);
    await expect.poll(() => tab.turn(prompt).getAttribute('data-status')).toMatch(/completed|stopped/);
    const [status, text] = [await tab.turn(prompt).getAttribute('data-status'), await tab.text(prompt)];
    await expectEverywhere({ app, request }, [tab, other], prompt, { status: status as 'completed', text });
    if (status === 'completed') expect(text).toBe(expectedReply(prompt));
    expect(expectedReply(prompt).startsWith(text)).toBe(true);
    await other.reload();
    await other.shows(prompt, { status: status as 'completed', text });
    await other.page.close();
    ends.push(status!);
  }
  console.log('a Stop at the last token:', ends.join(' '));
});

test('[SEND2] the same POST twenty times from a page: one turn, one answer', async ({
  endpoint,
  tab,
  openTab,
  say,
}) => {
  const [first, prompt] = [say('steady'), say('steady')];
  await tab.send(first);
  await tab.shows(first, { status: 'completed', text: expectedReply(first) });
  const other = await openTab();
  const answers = await tab.page.evaluate(
    ({ address, body }) =>
      Promise.all(
        Array.from({ length: 20 }, async () => {
          const headers = { 'content-type': 'application/json' };
          const answer = await fetch(address, { method: 'POST', headers, body });
          const { id, order } = (await answer.json()) as { id: string; order: number };
          return { status: answer.status, id, order };
        }),
      ),
    {
      address: `/api/conversations/${tab.conversationId}/turns`,
      body: JSON.stringify({ id: crypto.randomUUID(), prompt }),
    },
  );
  expect(answers).toEqual(answers.map(() => ({ status: 202, id: answers[0]!.id, order: 2 })));
  for (const each of [tab, other]) {
    await each.shows(prompt, { status: 'completed', text: expectedReply(prompt) });
    await each.showsPrompts([first, prompt]);
  }
  expect(await endpoint.callsOf(prompt)).toHaveLength(1);
});
