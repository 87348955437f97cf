import { useState } from 'react';
import type { Status } from '#lib/protocol/turn.ts';
import { isOpen } from '#app/_client/mode.ts';
import type { Entry } from '#app/_client/entry.ts';

const WORDS: Record<Status, string> = {
  queued: '',
  running: 'Answering',
  completed: 'Finished',
  stopped: 'Stopped',
  interrupted: 'Interrupted',
  failed: 'Failed',
};

/** Says how the turn that this reader saw begin goes on, and never a word of its text. */
export function Announcer({ entries }: { entries: readonly Entry[] }) {
  const [followed, setFollowed] = useState<string | null>(null);
  const next = entries.find(isOpen)?.id ?? followed;
  if (next !== followed) setFollowed(next);
  const entry = entries.find(({ id }) => id === next);
  return (
    <output aria-label="Progress" className="sr-only">
      {entry && 'turn' in entry ? WORDS[entry.turn.status] : ''}
    </output>
  );
}
