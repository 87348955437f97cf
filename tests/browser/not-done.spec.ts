import { expectedReply } from '#tests/support/scenario-options.ts';
import { expect, test } from './app.ts';
import { killAndHoldItsPort } from './held-port.ts';
import { replyByHand } from './reply-by-hand.ts';

test.describe.configure({ timeout: 90_000 });
/** Pauses between the web's starts grow while it dies at once. */
const BACK_MS = 60_000;
const AWAY = 'The server cannot be reached.';
test.beforeEach(({ troubles }) => troubles.allowLostConnections());

test('[PAGE6] [TREE2] with the web away a branch that is not chosen and a Stop that waits are said, and what is shown holds', async ({
  app,
  tab,
  say,
}) => {
  const [old, edited, running, waiting] = [say('steady'), say('steady'), say('hold after=5'), say('hold after=1')];
  const { page } = tab;
  await tab.send(old);
  await tab.hasStatus(old, 'completed');
  const oldId = await tab.idOf(old);
  await tab.turn(old).getByRole('button', { name: 'Edit message' }).click();
  await page.getByRole('textbox', { name: 'Edit message' }).fill(edited);
  await page.getByRole('button', { name: 'Ask again' }).click();
  await tab.hasStatus(edited, 'completed');
  await tab.send(running);
  const cut = expectedReply(running, { tokens: 5 });
  await tab.showsText(running, cut);
  await tab.send(waiting, 'Queue');
  await tab.hasStatus(waiting, 'queued');
  const place = page.getByRole('status', { name: 'Place' });
  await page.evaluate((id) => (window.location.hash = id), oldId);
  await expect(place).toContainText('The link leads to another version of this conversation.');

  const free = await killAndHoldItsPort(app, 'web');
  await place.getByRole('button', { name: 'Show it' }).click();
  await expect(place).toContainText(`Not shown: ${AWAY}`);
  await place.getByRole('button', { name: 'Dismiss' }).click();
  const versions = tab.turn(edited).getByRole('group', { name: 'Versions' });
  const said = versions.getByRole('status', { name: 'Version' });
  await versions.getByRole('button', { name: 'Previous version' }).click();
  await expect(said).toHaveText(`Not switched: ${AWAY}`);
  await expect(versions).toContainText('2 / 2');
  await tab.button('Stop').click();
  await expect(page.getByRole('status', { name: 'Stop' })).toContainText(`Not stopped yet. ${AWAY}`);
  await tab.turn(waiting).getByRole('button', { name: 'Remove' }).click();
  await expect(tab.turn(waiting)).toContainText(`Not removed yet. ${AWAY}`);
  await tab.showsPrompts([edited, running, waiting]);
  await tab.shows(running, { status: 'running', text: cut });

  await free();
  await expect(tab.turn(running)).toHaveAttribute('data-status', 'stopped', { timeout: BACK_MS });
  await tab.showsText(running, cut);
  await tab.hasStatus(waiting, 'stopped');
  await expect(page.getByRole('status', { name: 'Stop' })).toBeHidden();
  await versions.getByRole('button', { name: 'Previous version' }).click();
  await tab.showsPrompts([old]);
  await tab.turn(old).getByRole('button', { name: 'Next version' }).click();
  // Whether the one that waited began before its removal came through is a matter of chance.
  await tab.shows(running, { status: 'stopped', text: cut });
  await expect(tab.turn(old)).toHaveCount(0);
  await expect(said).toBeHidden();
});

test('[PAGE6] [SET2] without a network earlier turns that are not read, and models that are not listed, are said', async ({
  app,
  tab,
  say,
}) => {
  const { page } = tab;
  const first = say('steady');
  await tab.send(first);
  await tab.hasStatus(first, 'completed');
  const { conversationId } = tab;
  await tab.list.getByRole('link', { name: 'New chat' }).click();
  for (let n = 0; n < 60; n++) {
    const reply = await replyByHand(app, conversationId, `number ${n}.`);
    await reply.say(`The reply to it. `.repeat(20));
    await reply.finish();
  }
  await tab.open(conversationId);
  await expect(tab.turn('number 59.')).toBeInViewport();
  await page.context().setOffline(true);
  const earlier = page.getByRole('button', { name: 'Earlier turns' });
  await earlier.click();
  await expect(page.getByRole('status', { name: 'Earlier turns' })).toHaveText(`Not read: ${AWAY}`);
  await expect(tab.turns).toHaveCount(50);
  await page.getByRole('button', { name: 'Settings of this conversation' }).click();
  const dialog = page.getByRole('dialog', { name: 'This conversation' });
  await expect(dialog.getByRole('status', { name: 'Models' })).toHaveText(`Not listed: ${AWAY}`);
  await dialog.getByRole('button', { name: 'Close' }).click();
  await page.context().setOffline(false);
  await earlier.click();
  await expect(tab.turn(first)).toBeAttached();
  await expect(earlier).toBeHidden();
});

test('[DEL2] [PAGE6] without a network a conversation is not brought back, and can be once it is there again', async ({
  context,
  tab,
  say,
}) => {
  const prompt = say('steady');
  await tab.send(prompt);
  await tab.hasStatus(prompt, 'completed');
  await tab.list.getByRole('button', { name: `Delete ${prompt}` }).click();
  const deleted = tab.page.getByRole('status', { name: 'Deleted' });
  await expect(deleted).toContainText(`Deleted “${prompt}”`);
  await expect(tab.page).toHaveURL(/\/$/);
  await context.setOffline(true);
  await deleted.getByRole('button', { name: 'Undo' }).click();
  await expect(deleted).toContainText(`Not restored: ${AWAY}`);
  await context.setOffline(false);
  await deleted.getByRole('button', { name: 'Undo' }).click();
  await expect(tab.list.getByRole('link', { name: prompt })).toBeVisible();
  await tab.shows(prompt, { status: 'completed', text: expectedReply(prompt) });
});

test('[PAGE6] a proxy’s page in the server’s place is no answer: the message stays, and is sent once it is gone', async ({
  tab,
  say,
}) => {
  const prompt = say('steady');
  const turns = '**/api/conversations/*/turns';
  const health = '**/api/health';
  const page = { contentType: 'text/html', body: '<h1>Sign in</h1>' };
  const empty = { status: 200, body: '' };
  const answers = [page, empty];
  let tries = 0;
  await tab.page.route(turns, (route) => route.fulfill(answers[tries++ % answers.length]));
  await tab.page.route(health, (route) => route.fulfill({ ...page, status: 503 }));
  const looked = tab.page.waitForResponse(health);
  await tab.send(prompt);
  await expect.poll(() => tries).toBeGreaterThan(2);
  await looked;
  await expect(tab.turn(prompt)).toContainText('Not sent yet. What answered is not Parley. Load the page again.');
  await tab.page.unroute(turns);
  await tab.shows(prompt, { status: 'completed', text: expectedReply(prompt) });
});
