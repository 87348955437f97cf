import { X } from 'lucide-react';
import type { PlaceNews } from '#app/_client/use-place.ts';
import { Button } from './button.tsx';
import { IconButton } from './icon-button.tsx';

type Props = { news: PlaceNews | null; onShow: (turnId: string) => void; onDismiss: () => void };

/** Of a place that is gone for, or that a link names and the page does not show. A live region, so it is always there. */
export function PlaceNotice({ news, onShow, onDismiss }: Props) {
  return (
    <output aria-label="Place" className="absolute inset-x-4 top-3 z-10 mx-auto flex max-w-column justify-center">
      {news && (
        <span className="notice flex items-center gap-2 rounded-xl border border-line bg-paper py-1 pr-1 pl-3 text-sm shadow-lg">
          <span className="py-1">{wordsFor(news)}</span>
          {news.kind === 'other-branch' && (
            <Button size="small" onClick={() => onShow(news.turnId)}>
              Show it
            </Button>
          )}
          {news.kind === 'seeking' ? (
            <span className="pr-2" />
          ) : (
            <IconButton name="Dismiss" icon={X} onClick={onDismiss} />
          )}
        </span>
      )}
    </output>
  );
}

function wordsFor({ kind, isLinked, trouble }: PlaceNews): string {
  if (trouble !== undefined) return `Not shown: ${trouble}`;
  switch (kind) {
    case 'seeking':
      return isLinked ? 'Going to the turn that the link names…' : 'Going to where you read last…';
    case 'other-branch':
      return 'The link leads to another version of this conversation.';
    case 'nowhere':
      return 'The turn that the link names is not in this conversation.';
  }
}
