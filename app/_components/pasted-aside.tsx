import { FileText, X } from 'lucide-react';
import { KEPT_LENGTH } from '#app/_client/drafts.ts';
import { IconButton } from './icon-button.tsx';

type Props = { text: string; onDiscard: () => void };

/** A paste that no box could hold without freezing the page: kept as it is, beside what is typed. */
export function PastedAside({ text, onDiscard }: Props) {
  if (text === '') return null;
  return (
    <div className="mx-2 flex items-center gap-2 rounded-lg bg-panel py-1 pr-1 pl-3 text-sm">
      <FileText aria-hidden className="size-4 text-soft" />
      <span className="min-w-0 flex-1 wrap-anywhere">
        Pasted: {count(linesOf(text))} lines{text.length > KEPT_LENGTH && ', too long to be kept over a reload'}
      </span>
      <IconButton name="Discard what was pasted" icon={X} onClick={onDiscard} />
    </div>
  );
}

const count = (number: number) => new Intl.NumberFormat('en').format(number);

function linesOf(text: string): number {
  let lines = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < text.length - 1; at = text.indexOf('\n', at + 1)) lines++;
  return lines;
}
