import { useEffect, useEffectEvent, useState } from 'react';
import type { Turn } from '#lib/protocol/turn.ts';
import { useNow } from '#app/_client/use-now.ts';
import { BEGAN_AGAIN, wordsForRate } from '#app/_client/waiting.ts';
import { RetryCountdown } from './retry-countdown.tsx';

type Props = { turn: Turn; waiting: string; text: string; hasBegunAgain: boolean };

/** What an open turn does, or waits for; from two seconds on, also for how long. */
export function Progress({ turn, waiting, text, hasBegunAgain }: Props) {
  if (turn.retry) return <RetryCountdown retry={turn.retry} />;
  return (
    <span className="inline-flex items-center gap-2">
      {turn.status === 'running' && <span aria-hidden className="pulse size-2 rounded-full bg-accent" />}
      {text === '' ? <Waiting words={waiting} since={turn.startedAt} /> : <Rate length={text.length} />}
      {text !== '' && hasBegunAgain && <span>{BEGAN_AGAIN}</span>}
    </span>
  );
}

const SAID_FROM_S = 2;

function Waiting({ words, since }: { words: string; since: string | null }) {
  const now = useNow(1_000);
  const seconds = since === null ? 0 : Math.floor((now - Date.parse(since)) / 1_000);
  return <span>{seconds < SAID_FROM_S ? words : `${words} ${seconds} s`}</span>;
}

const EVERY_MS = 1_000;

/** How fast the text grows, measured here: the provider counts its tokens at the end only. */
function Rate({ length }: { length: number }) {
  const [seen, setSeen] = useState({ length, rate: 0, isFirst: true });
  const look = useEffectEvent(() => setSeen({ length, rate: Math.max(0, length - seen.length), isFirst: false }));
  useEffect(() => {
    const timer = setInterval(() => look(), EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return <span>{seen.isFirst ? 'Writing' : wordsForRate(seen.rate)}</span>;
}
