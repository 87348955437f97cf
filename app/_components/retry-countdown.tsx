import type { Retry } from '#lib/protocol/turn.ts';
import { useNow } from '#app/_client/use-now.ts';
import { wordsForRetry } from '#app/_client/waiting.ts';

export function RetryCountdown({ retry }: { retry: Retry }) {
  const now = useNow(1_000);
  return <span>{wordsForRetry(retry, now)}</span>;
}
