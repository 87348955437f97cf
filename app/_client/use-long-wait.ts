import { useEffect } from 'react';
import type { View } from '#lib/protocol/reduce.ts';
import type { Entry } from './entry.ts';
import { isOpen } from './mode.ts';
import { useViewer } from './viewer-context.ts';

/** A model's first word comes sooner as a rule; after this the reader wants to know what it waits for. */
const LONG_MS = 1_500;

/** While an open turn waits long for its first word, the app's health is looked at. */
export function useLongWait(entries: readonly Entry[], view: View): void {
  const { health } = useViewer();
  const first = entries.find(isOpen);
  const hasWords = first !== undefined && view.live?.turnId === first.id && view.live.reply.seq > 0;
  const waitingId = first && !hasWords ? first.id : null;
  useEffect(() => {
    if (waitingId === null) return;
    const timer = setTimeout(() => health.waits(true), LONG_MS);
    return () => {
      clearTimeout(timer);
      health.waits(false);
    };
  }, [health, waitingId]);
}
