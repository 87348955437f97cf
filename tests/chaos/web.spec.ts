import { expectedReply } from '#tests/support/scenario-options.ts';
import { expect, test } from './chaos.ts';

test.describe.configure({ timeout: 150_000 });

test('[SEND1] [SEND2] web is killed: streams are undisturbed, and what was sent meanwhile goes out by itself, once', async ({
  endpoint,
  conversations,
  faults,
  hold,
  say,
  expectExact,
}) => {
  const told = (await hold(conversations)).map((held) => ({ ...held, next: say('steady') }));
  for (const { each, prompt, tokens } of told) await each.tabs[0].showsText(prompt, expectedReply(prompt, { tokens }));
  const { back } = await faults.takeAway('web');
  for (const { each, next } of told) {
    await each.send(next, 'Queue');
    await expect(each.tabs[0].turn(next)).toContainText('Your message is kept in this browser');
  }
  for (const { prompt } of told) await endpoint.release(prompt);
  for (const { each, prompt } of told)
    for (const tab of each.tabs) await tab.shows(prompt, { status: 'completed', text: expectedReply(prompt) });
  for (const { next } of told) expect(await endpoint.callsOf(next)).toEqual([]);
  await back();
  await expectExact();
  for (const { prompt, next } of told) {
    expect(await endpoint.callsOf(prompt)).toHaveLength(1);
    expect(await endpoint.callsOf(next)).toHaveLength(1);
  }
});
