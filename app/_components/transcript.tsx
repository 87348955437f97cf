import { useLayoutEffect, useRef, type ReactNode } from 'react';
import type { StickToBottomInstance } from 'use-stick-to-bottom';
import { useStaysAtEnd } from '#app/_client/use-stays-at-end.ts';
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
  useStaysAtEnd(stick);
  const anchor = useRef<{ article: HTMLElement; top: number } | null>(null);

  function readEarlier(): void {
    const article = contentRef.current?.querySelector('article');
    anchor.current = article ? { article, top: article.offsetTop } : null;
    void onReadEarlier();
  }

  // Browsers keep a reader's place when something comes above it, but not at the very top, and Safari never does.
  useLayoutEffect(() => {
    const moved = anchor.current ? anchor.current.article.offsetTop - anchor.current.top : 0;
    if (moved === 0 || !scrollRef.current) return;
    scrollRef.current.scrollTop += moved;
    anchor.current = null;
  });

  return (
    <div className="relative min-h-0 flex-1">
      <section
        ref={scrollRef}
        aria-label="Transcript"
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- or no keyboard could scroll it
        tabIndex={0}
        className="scroller h-full overflow-y-auto [overflow-anchor:none] px-4 sm:px-6"
      >
        <div ref={contentRef} className="mx-auto max-w-column pb-6">
          {hasMore && (
            <div className="flex justify-center pt-4">
              <Button look="quiet" size="small" onClick={readEarlier} aria-disabled={isReadingEarlier}>
                {isReadingEarlier ? 'Reading…' : 'Earlier turns'}
              </Button>
            </div>
          )}
          {children}
        </div>
      </section>
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
