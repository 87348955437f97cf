import { setImmediate, setTimeout } from 'node:timers/promises';

/** Under 4 ms a timer costs more than the tokens it sends; from 250 tokens a second on, several go in one write. */
const TICK_MS = 4;
/** The most tokens of one write, so that one fast stream does not keep the others waiting. */
const BATCH = 64;

/**
 * Tokens in the batches that are due by the clock, the first at once, the last without a pause after it. What a late
 * timer or a slow reader held back is caught up, so the rate holds over the whole stream. Ends with AbortError.
 */
export async function* paced(
  tokens: Iterator<string>,
  { rate, signal }: { rate: number; signal: AbortSignal },
): AsyncGenerator<string[], void> {
  const begin = performance.now();
  const dueMs = (position: number) => (position * 1000) / rate;
  let sent = 0;
  let next = tokens.next();
  while (!next.done) {
    const due = rate === 0 ? sent + BATCH : Math.floor(((performance.now() - begin) * rate) / 1000) + 1;
    const batch: string[] = [];
    for (; !next.done && sent < due && batch.length < BATCH; next = tokens.next()) {
      batch.push(next.value);
      sent += 1;
    }
    if (batch.length > 0) yield batch;
    if (next.done) return;
    if (rate === 0 || sent < due) await setImmediate(undefined, { signal });
    else
      await setTimeout(Math.max(TICK_MS, Math.ceil(dueMs(sent) - (performance.now() - begin))), undefined, { signal });
  }
}

/** The next `count` of an iterator, which stays open for whoever takes the rest. */
export function* firstOf(tokens: Iterator<string>, count: number): Generator<string, void> {
  for (let taken = 0; taken < count; taken++) {
    const next = tokens.next();
    if (next.done) return;
    yield next.value;
  }
}
