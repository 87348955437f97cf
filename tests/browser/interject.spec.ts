import type { Page } from '@playwright/test';
import { v7 } from 'uuid';
import { isOutcome, type Turn } from '#lib/protocol/turn.ts';
import { expectedReply } from '#tests/support/scenario-options.ts';
import { expect, test } from './app.ts';
import { callOf, isOver, messagesOf } from './calls.ts';
import { expectEverywhere, turnsOf } from './everywhere.ts';

const CUT = '[The user interrupted this reply here.]';

test('[IJ1] [CTX2] Enter interjects: the cut answer stays above, and the model is told of it', async ({
  app,
  endpoint,
  tab,
  openTab,
  say,
  request,
}) => {
  const [first, second] = [say('hold after=6'), say('steady')];
  await tab.send(first);
  const other = await openTab();
  const cut = expectedReply(first, { tokens: 6 });
  await tab.showsText(first, cut);
  await expect(tab.button('Interject')).toBeVisible();
  await tab.box.fill(second);
  await tab.box.press('Enter');

  await tab.shows(second, { status: 'completed', text: expectedReply(second) });
  await expectEverywhere({ app, request }, [tab, other], first, { status: 'interrupted', text: cut });
  await expectEverywhere({ app, request }, [tab, other], second, { status: 'completed', text: expectedReply(second) });
  for (const each of [tab, other]) await each.showsPrompts([first, second]);
  await expect(tab.turn(first)).toContainText('Interrupted');
  expect(await callOf(endpoint, first, isOver)).toMatchObject({ endedBy: 'client', tokensSent: 6 });
  expect(messagesOf(await callOf(endpoint, second))).toEqual([
    ['user', first],
    ['assistant', `${cut}\n\n${CUT}`],
    ['user', second],
  ]);
  expect(await endpoint.callsOf(second)).toHaveLength(1);
});

test('[IJ1] an interjection before the first token keeps its prompt in the context', async ({ endpoint, tab, say }) => {
  const [first, second] = [say('gate-first'), say('steady')];
  await tab.send(first);
  await callOf(endpoint, first, ({ held }) => held);
  await tab.send(second, 'Interject');
  await tab.shows(second, { status: 'completed', text: expectedReply(second) });
  await tab.shows(first, { status: 'interrupted', text: '' });
  expect(messagesOf(await callOf(endpoint, second))).toEqual([
    ['user', first],
    ['assistant', CUT],
    ['user', second],
  ]);
});

test('[IJ2] what is queued is spared, and follows the interjection', async ({ endpoint, tab, say }) => {
  const [first, queued, interjected] = [say('hold after=3'), say('steady'), say('hold after=4')];
  await tab.send(first);
  await tab.showsText(first, expectedReply(first, { tokens: 3 }));
  await tab.send(queued, 'Queue');
  await tab.hasStatus(queued, 'queued');
  await tab.send(interjected, 'Interject');
  await tab.showsText(interjected, expectedReply(interjected, { tokens: 4 }));
  await tab.hasStatus(queued, 'queued');
  await tab.showsPrompts([first, interjected, queued]);
  await endpoint.release(interjected);
  await tab.shows(queued, { status: 'completed', text: expectedReply(queued) });
  await tab.shows(interjected, { status: 'completed', text: expectedReply(interjected) });
  await tab.shows(first, { status: 'interrupted', text: expectedReply(first, { tokens: 3 }) });
});

test('[IJ1] [ROW3] three interjections within 100 ms: one outcome each, in the same order everywhere', async ({
  app,
  endpoint,
  tab,
  openTab,
  say,
  request,
}) => {
  const first = say('hold after=5');
  await tab.send(first);
  const other = await openTab();
  await tab.showsText(first, expectedReply(first, { tokens: 5 }));
  const three = [say('steady'), say('steady'), say('steady')];
  const sent = await postAtOnce(tab.page, tab.conversationId, three);
  expect(sent.map(({ status }) => status)).toEqual([202, 202, 202]);
  expect(sent[2]!.at - sent[0]!.at).toBeLessThan(100);

  // The last one taken is answered; it ended the two before it, the first of which ended the turn that ran.
  const taken = sent.map(({ body }) => body).sort((a, b) => a.order - b.order);
  const prompts = [first, ...taken.map(({ prompt }) => prompt)];
  const last = prompts.at(-1)!;
  for (const each of [tab, other]) await each.shows(last, { status: 'completed', text: expectedReply(last) });
  await expectEverywhere({ app, request }, [tab, other], first, {
    status: 'interrupted',
    text: expectedReply(first, { tokens: 5 }),
  });
  const turns = await turnsOf(request, tab.conversationId);
  expect(turns.map(({ prompt, status }) => [prompt, status])).toEqual(
    prompts.map((prompt) => [prompt, prompt === last ? 'completed' : 'interrupted']),
  );
  for (const { prompt, reply } of turns) expect(expectedReply(prompt).startsWith(reply)).toBe(true);
  await tab.reload();
  for (const each of [tab, other]) {
    await each.showsPrompts(prompts);
    for (const { prompt, reply, status } of turns) await each.shows(prompt, { status, text: reply });
  }
  // Each ended by what came after it, once and for all.
  expect(turns.every(({ status }) => isOutcome(status))).toBe(true);
  expect(taken.map(({ ended }) => ended)).toEqual(turns.slice(0, -1).map(({ id }) => [id]));
  expect(messagesOf(await callOf(endpoint, last)).filter(([role]) => role === 'user')).toEqual(
    prompts.map((prompt) => ['user', prompt]),
  );
});

type Sent = { at: number; status: number; body: Turn & { ended: string[] } };

/** From the page itself, as its own code would, without waiting for an answer between two. */
function postAtOnce(page: Page, conversationId: string, prompts: string[]): Promise<Sent[]> {
  const bodies = prompts.map((prompt) => ({ id: v7(), prompt, mode: 'interject' }));
  return page.evaluate(
    ({ address, bodies }) =>
      Promise.all(
        bodies.map(async (body) => {
          const at = performance.now();
          const headers = { 'content-type': 'application/json' };
          const answer = await fetch(address, { method: 'POST', headers, body: JSON.stringify(body) });
          return { at, status: answer.status, body: (await answer.json()) as Turn & { ended: string[] } };
        }),
      ),
    { address: `/api/conversations/${conversationId}/turns`, bodies },
  );
}
