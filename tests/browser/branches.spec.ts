import { expectedReply } from '#tests/support/scenario-options.ts';
import { expect, test } from './app.ts';
import { callOf, isHeld, isOver, messagesOf } from './calls.ts';
import type { ConversationPage } from './conversation-page.ts';

const versions = (tab: ConversationPage, prompt: string) => tab.turn(prompt).getByRole('group', { name: 'Versions' });
const edit = async (tab: ConversationPage, prompt: string, to: string, by = 'Ask again') => {
  await tab.turn(prompt).getByRole('button', { name: 'Edit message' }).click();
  const editor = tab.page.getByRole('textbox', { name: 'Edit message' });
  await expect(editor).toHaveValue(prompt);
  await editor.fill(to);
  await tab.page.getByRole('button', { name: by }).click();
};

test('[TREE1] [TREE2] an edited prompt is a sibling: both can be read, and the choice holds in every tab', async ({
  endpoint,
  tab,
  openTab,
  say,
}) => {
  const [first, old, behind, edited] = [say('steady'), say('steady'), say('steady'), say('steady')];
  for (const prompt of [first, old, behind]) {
    await tab.send(prompt);
    await tab.shows(prompt, { status: 'completed', text: expectedReply(prompt) });
  }
  const other = await openTab();
  await edit(tab, old, edited);
  for (const each of [tab, other]) {
    await each.shows(edited, { status: 'completed', text: expectedReply(edited) });
    await each.showsPrompts([first, edited]);
    await expect(versions(each, edited)).toContainText('2 / 2');
  }
  expect(messagesOf(await callOf(endpoint, edited))).toEqual([
    ['user', first],
    ['assistant', expectedReply(first)],
    ['user', edited],
  ]);

  await versions(tab, edited).getByRole('button', { name: 'Previous version' }).click();
  for (const each of [tab, other]) {
    await each.showsPrompts([first, old, behind]);
    await expect(versions(each, old)).toContainText('1 / 2');
    await each.shows(behind, { status: 'completed', text: expectedReply(behind) });
  }
  await tab.reload();
  await tab.showsPrompts([first, old, behind]);
  await versions(tab, old).getByRole('button', { name: 'Next version' }).click();
  await tab.showsPrompts([first, edited]);
  await tab.shows(edited, { status: 'completed', text: expectedReply(edited) });
});

test('[TREE1] Regenerate asks the same again beside it, and keeps both replies', async ({ endpoint, tab, say }) => {
  const prompt = say('steady vary=1');
  await tab.send(prompt);
  await tab.shows(prompt, { status: 'completed', text: expectedReply(prompt) });
  await tab.turn(prompt).getByRole('button', { name: 'Regenerate' }).click();
  await tab.shows(prompt, { status: 'completed', text: expectedReply(prompt, { nth: 2 }) });
  await tab.showsPrompts([prompt]);
  await versions(tab, prompt).getByRole('button', { name: 'Previous version' }).click();
  await tab.shows(prompt, { status: 'completed', text: expectedReply(prompt) });
  expect(await endpoint.callsOf(prompt)).toHaveLength(2);
});

test('[IJ1] [TREE1] an earlier prompt edited while a later one is answered: that one is interrupted, kept and reachable', async ({
  endpoint,
  tab,
  say,
}) => {
  const [first, running, edited] = [say('steady'), say('hold after=6'), say('steady')];
  await tab.send(first);
  await tab.hasStatus(first, 'completed');
  await tab.send(running);
  const cut = expectedReply(running, { tokens: 6 });
  await tab.showsText(running, cut);
  await edit(tab, first, edited);
  await tab.shows(edited, { status: 'completed', text: expectedReply(edited) });
  await tab.showsPrompts([edited]);
  expect(await callOf(endpoint, running, isOver)).toMatchObject({ endedBy: 'client', tokensSent: 6 });
  await versions(tab, edited).getByRole('button', { name: 'Previous version' }).click();
  await tab.showsPrompts([first, running]);
  await tab.shows(running, { status: 'interrupted', text: cut });
});

test('[CTX2] Continue asks the model to go on from a reply that was cut', async ({ endpoint, tab, say }) => {
  const prompt = say('hold after=5');
  await tab.send(prompt);
  await callOf(endpoint, prompt, isHeld);
  const cut = expectedReply(prompt, { tokens: 5 });
  await tab.showsText(prompt, cut);
  await tab.button('Stop').click();
  await tab.shows(prompt, { status: 'stopped', text: cut });
  await expect(tab.turn(prompt)).toContainText('Stopped by you');
  await tab.turn(prompt).getByRole('button', { name: 'Continue' }).click();
  const goOn = 'Go on from exactly where your reply was cut.';
  await tab.hasStatus(goOn, 'completed');
  await tab.showsPrompts([prompt, goOn]);
  const call = await endpoint.until((calls) =>
    calls.find(
      (call) =>
        call.prompt === goOn && JSON.stringify(call.body.messages).includes(JSON.stringify(prompt).slice(1, -1)),
    ),
  );
  const [asked, partial, last] = messagesOf(call);
  expect([asked, last]).toEqual([
    ['user', prompt],
    ['user', goOn],
  ]);
  expect(partial?.[1]).toContain(cut);
});

test('[PAGE2] ↑ in an empty box edits the last prompt; Esc leaves it as it was and stops nothing', async ({
  tab,
  say,
}) => {
  const [done, prompt, edited] = [say('steady'), say('gate-first'), say('steady')];
  await tab.send(done);
  await tab.hasStatus(done, 'completed');
  await tab.send(prompt);
  await tab.hasStatus(prompt, 'running');
  const { keyboard } = tab.page;
  const editor = tab.page.getByRole('textbox', { name: 'Edit message' });
  await tab.box.fill('not empty');
  await keyboard.press('ArrowUp');
  await expect(editor).toBeHidden();
  await tab.box.fill('');
  await keyboard.press('ArrowUp');
  await expect(editor).toBeFocused();
  await expect(editor).toHaveValue(prompt);
  await keyboard.press('Escape');
  await expect(editor).toBeHidden();
  await expect(tab.box).toBeFocused();
  await tab.hasStatus(prompt, 'running');
  await keyboard.press('ArrowUp');
  await editor.fill(edited);
  await keyboard.press('Enter');
  await tab.shows(edited, { status: 'completed', text: expectedReply(edited) });
  await tab.showsPrompts([done, edited]);
});
