import { setTimeout as pause } from 'node:timers/promises';

const LOOK_MS = 5;
type Truthy<Found> = Exclude<Found, false | 0 | '' | null | undefined>;

/**
 * What `look` finds, as soon as it finds something: tests wait for a fact, never for time. Rejects after the time-out,
 * with the last thing seen.
 */
export async function until<Found>(
  look: () => Found | Promise<Found>,
  { timeoutMs = 15_000, seen }: { timeoutMs?: number; seen?: () => unknown } = {},
): Promise<Truthy<Found>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found) return found as Truthy<Found>;
    if (performance.now() > deadline) {
      throw new Error(`Not within ${timeoutMs} ms: ${String(look)}\nSeen last: ${JSON.stringify(await seen?.())}`);
    }
    await pause(LOOK_MS);
  }
}

/** Does again what harms nobody twice, until a server that is busy has taken it; the last refusal is told where none has. */
export function insist(act: () => Promise<unknown>): Promise<true> {
  let refusal: unknown;
  const isTaken = () =>
    act().then(
      () => true,
      (error: unknown) => {
        refusal = error;
        return false;
      },
    );
  return until(isTaken, { seen: () => String(refusal) });
}
