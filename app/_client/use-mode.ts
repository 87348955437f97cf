import { useEffect, useState } from 'react';
import type { Mode } from '#lib/protocol/turn.ts';
import type { Entry } from './entry.ts';
import { isFreshInterjection, modeOf } from './mode.ts';

/** Well under the 2 s after which an interjection that waits is spared. */
const LOOK_MS = 250;

/** How the next message is sent; looks at the clock only while a waiting interjection makes it a matter of time. */
export function useMode(entries: readonly Entry[]): Mode {
  const [now, setNow] = useState(0);
  const isMatterOfTime = entries.some((entry) => isFreshInterjection(entry, now));
  useEffect(() => {
    if (!isMatterOfTime) return;
    const look = () => setNow(Date.now());
    look();
    const timer = setInterval(look, LOOK_MS);
    return () => clearInterval(timer);
  }, [isMatterOfTime]);
  return modeOf(entries, now);
}
