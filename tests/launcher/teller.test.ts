import { expect, test } from 'vitest';
import { createTeller } from '../../scripts/launcher/teller.mjs';

function teller() {
  const told: string[] = [];
  const clock = { ms: 0 };
  const tell = createTeller(
    (line) => told.push(line),
    'web.log',
    () => clock.ms,
  );
  return { told, clock, tell };
}

test('a line that repeats itself is shown once in a while', () => {
  const { told, clock, tell } = teller();
  for (; clock.ms < 60_000; clock.ms += 100) tell('Temporal is away');
  expect(told).toEqual(['Temporal is away', 'Temporal is away']);
});

test('a flood is cut short and says where the rest is', () => {
  const { told, clock, tell } = teller();
  for (let n = 1; n <= 500; n++) tell(`line ${n}`);
  expect(told).toEqual([...Array.from({ length: 10 }, (_, n) => `line ${n + 1}`), '… more in web.log']);
  clock.ms += 10_000;
  tell('later');
  expect(told.at(-1)).toBe('later');
});
