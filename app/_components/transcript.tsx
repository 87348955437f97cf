import type { ReactNode } from 'react';
import type { StickToBottomInstance } from 'use-stick-to-bottom';
import { Button } from './button.tsx';

type Props = {
  stick: StickToBottomInstance;
  hasMore: boolean;
  isReadingEarlier: boolean;
  onReadEarlier: () => Promise<void>;
  children: ReactNode;
};

/** The turns, scrolled along with what is new for as long as the reader does not scroll away from it. */
export function Transcript({ stick, hasMore, isReadingEarlier, onReadEarlier, children }: Props) {
  const { scrollRef, contentRef, isAtBottom, scrollToBottom } = stick;
  return (
    <div className="relative min-h-0 flex-1">
      <div ref={scrollRef} className="h-full overflow-y-auto px-4 sm:px-6" tabIndex={-1}>
        <div ref={contentRef} className="mx-auto max-w-column pb-6">
          {hasMore && (
            <div className="flex justify-center pt-4">
              <Button look="quiet" size="small" onClick={() => void onReadEarlier()} aria-disabled={isReadingEarlier}>
                {isReadingEarlier ? 'Reading…' : 'Earlier turns'}
              </Button>
            </div>
          )}
          {children}
        </div>
      </div>
      {!isAtBottom && (
        <Button
          size="small"
          className="absolute bottom-3 left-1/2 -translate-x-1/2 whitespace-nowrap shadow"
          onClick={() => void scrollToBottom('instant')}
        >
          Jump to latest
        </Button>
      )}
    </div>
  );
}
