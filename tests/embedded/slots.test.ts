import { expect, test } from 'vitest';
import { createSlots } from '#worker/model/embedded/slots.ts';

/** A sequence that holds these tokens. */
const holding = (name: string, ...tokens: number[]) => ({
  name,
  compareContextTokens(others: readonly number[]) {
    const differs = tokens.findIndex((token, index) => token !== others[index]);
    return { firstDifferentIndex: differs < 0 ? tokens.length : differs };
  },
});

const stays = () => new AbortController().signal;

test('[EM5] a prompt gets the slot that holds most of it', async () => {
  const slots = createSlots([holding('a', 1, 2, 9), holding('b', 1, 2, 3)]);
  expect((await slots.take([1, 2, 3, 4], stays())).sequence.name).toBe('b');
});

test('[EM5] a new conversation takes the slot unused for longest, not the one with the same system prompt', async () => {
  const slots = createSlots([holding('empty'), holding('used', 1, 2, 7, 8, 9)]);
  expect((await slots.take([1, 2, 3, 4, 5], stays())).sequence.name).toBe('empty');
});

test('[EM5] a slot that comes back is the last to be taken by others', async () => {
  const slots = createSlots([holding('a', 1), holding('b', 2)]);
  slots.giveBack(await slots.take([5, 5], stays()));
  expect((await slots.take([6, 6], stays())).sequence.name).toBe('b');
});

test('[EM4] who comes first is served first, and who left is passed over', async () => {
  const slots = createSlots([holding('only')]);
  const slot = await slots.take([1], stays());
  const leaving = new AbortController();
  const left = slots.take([2], leaving.signal);
  const order: string[] = [];
  const second = slots.take([3], stays()).then((given) => (order.push('second'), slots.giveBack(given)));
  const third = slots.take([4], stays()).then(() => order.push('third'));
  leaving.abort(new Error('gone'));
  await expect(left).rejects.toThrow('gone');
  slots.giveBack(slot);
  await Promise.all([second, third]);
  expect(order).toEqual(['second', 'third']);
});

test('[EM4] who has gone already gets none', async () => {
  const slots = createSlots([holding('only')]);
  await expect(slots.take([1], AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
  expect((await slots.take([1], stays())).sequence.name).toBe('only');
});
