import { v7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startParley, type Parley } from '#tests/support/parley.ts';
import { expectedReply } from '#tests/support/scenario-options.ts';

let parley: Parley;
beforeAll(async () => {
  parley = await startParley();
});
afterAll(() => parley.close());

test.concurrent('[SET1] a step asks the model that was chosen, with its instructions and temperature', async () => {
  const { user, endpoint } = parley;
  const conversation = v7();
  const [plain, chosen, back] = [901, 902, 903].map((seed) => `scenario:steady tokens=4 seed=${seed}`) as [
    string,
    string,
    string,
  ];
  const settings = { model: 'large', instructions: 'Be brief.', temperature: 0.25 };
  const first = await user.send(conversation, chosen, { settings });
  expect(await user.ended(first.turnId)).toMatchObject({ model: 'large', reply: expectedReply(chosen) });
  await user.store.conversations.change(conversation, { settings: { model: null, instructions: null } });
  const second = await user.send(conversation, back);
  expect(await user.ended(second.turnId)).toMatchObject({ model: 'scripted', status: 'completed' });
  const third = await user.send(v7(), plain);
  await user.ended(third.turnId);

  const body = async (prompt: string) => (await endpoint.callsOf(prompt))[0]!.body;
  const asked = await body(chosen);
  expect(asked).toMatchObject({ model: 'large', temperature: 0.25 });
  expect(asked.messages.map(({ role }) => role)).toEqual(['system', 'user']);
  expect(asked.messages[0]?.content).toBe('Be brief.');
  expect(await body(back)).toMatchObject({ model: 'scripted', temperature: 0.25 });
  expect((await body(back)).messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
  expect(await body(plain)).not.toHaveProperty('temperature');
});
