import { Collapsible } from '@base-ui/react/collapsible';
import { ChevronRight } from 'lucide-react';
import { isOutcome, type Part, type Turn } from '#lib/protocol/turn.ts';
import { secondsBetween } from '#app/_client/moments.ts';

/** What the model thought before it answered: folded, and no part of the reply's text. */
export function Reasoning({ parts, turn }: { parts: readonly Part[]; turn: Turn }) {
  const text = parts.flatMap((part) => (part.type === 'reasoning' && part.text !== '' ? [part.text] : [])).join('\n\n');
  if (text === '') return null;
  return (
    <Collapsible.Root data-part="reasoning" className="mb-3 text-sm text-soft">
      <Collapsible.Trigger className="group/fold flex items-center gap-1 rounded py-1 hover:text-ink">
        <ChevronRight aria-hidden className="size-4 transition-transform group-data-[panel-open]/fold:rotate-90" />
        {wordsFor(turn, parts)}
      </Collapsible.Trigger>
      <Collapsible.Panel hiddenUntilFound>
        <p className="mt-1 border-l-2 border-line pl-3 whitespace-pre-wrap wrap-anywhere">{text}</p>
      </Collapsible.Panel>
    </Collapsible.Root>
  );
}

function wordsFor(turn: Turn, parts: readonly Part[]): string {
  const isThinking = !isOutcome(turn.status) && !parts.some((part) => part.type === 'text' && part.text !== '');
  if (isThinking) return 'Reasoning…';
  const seconds = secondsBetween(turn.firstTokenAt, turn.firstTextAt ?? turn.endedAt);
  return seconds === null ? 'Reasoning' : `Reasoned for ${seconds} s`;
}
