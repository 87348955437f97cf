import { useEffect, useEffectEvent, useLayoutEffect, useRef, useState, type ReactNode } from 'react';
import type { StickToBottomInstance } from 'use-stick-to-bottom';
import type { Sought } from '#app/_client/seeking.ts';
import { usePlace } from '#app/_client/use-place.ts';
import { useStaysAtEnd } from '#app/_client/use-stays-at-end.ts';
import { Button } from './button.tsx';
import { JumpButton } from './jump-button.tsx';
import { PlaceNotice } from './place-notice.tsx';

type Props = {
  conversationId: string;
  stick: StickToBottomInstance;
  turnIds: readonly string[];
  hasMore: boolean;
  isReadingEarlier: boolean;
  /** Changes with whatever comes at the end. */
  tip: string;
  /** Null, or why they were not read, in words. */
  onReadEarlier: () => Promise<string | null>;
  onSeek: (turnId: string, isWanted: () => boolean) => Promise<Sought>;
  onReveal: (index: number, offset: number) => void;
  onSwitch: (turnId: string) => Promise<string | null>;
  children: ReactNode;
};

/** So long before a reader comes to the first turn that is here, the ones before it are fetched. */
const AHEAD = '800px';

/** The turns, scrolled along with what is new for as long as the reader does not scroll away from it. */
export function Transcript(props: Props) {
  const { stick, turnIds, hasMore, isReadingEarlier, tip, onReadEarlier, children } = props;
  const { scrollRef, contentRef, isAtBottom, scrollToBottom } = stick;
  const leave = useStaysAtEnd(stick);
  const anchor = useRef<{ article: HTMLElement; top: number } | null>(null);
  const earlier = useRef<HTMLDivElement>(null);
  const [trouble, setTrouble] = useState<string | null>(null);

  async function readEarlier(): Promise<void> {
    const article = contentRef.current?.querySelector('article');
    anchor.current = article ? { article, top: article.offsetTop } : null;
    setTrouble(null);
    setTrouble(await onReadEarlier());
  }

  // Browsers keep a reader's place when something comes above it, but not at the very top, and Safari never does.
  useLayoutEffect(() => {
    const moved = anchor.current ? anchor.current.article.offsetTop - anchor.current.top : 0;
    if (moved === 0 || !scrollRef.current) return;
    scrollRef.current.scrollTop += moved;
    anchor.current = null;
  });

  const place = usePlace(stick, props, leave);

  const onNear = useEffectEvent(() => void readEarlier());
  useEffect(() => {
    // At the end nobody is on the way there; and a page that opens stands at its top for a moment, before it is scrolled.
    if (isAtBottom || !hasMore || turnIds.length === 0 || !earlier.current) return undefined;
    const options = { root: scrollRef.current, rootMargin: `${AHEAD} 0px 0px 0px` };
    const observer = new IntersectionObserver(([seen]) => seen?.isIntersecting && onNear(), options);
    observer.observe(earlier.current);
    return () => observer.disconnect();
    // Looked at anew after each page: one that was shorter than the view leaves the next one in sight.
  }, [isAtBottom, hasMore, turnIds.length, scrollRef]);

  return (
    <div className="relative min-h-0 flex-1">
      <section
        ref={scrollRef}
        aria-label="Transcript"
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- or no keyboard could scroll it
        tabIndex={0}
        className="scroller relative h-full overflow-y-auto [overflow-anchor:none] px-4 sm:px-6"
      >
        <div ref={contentRef} className="mx-auto max-w-column pb-6">
          {hasMore && (
            <div ref={earlier} className="flex flex-wrap items-center justify-center pt-4">
              <Button look="quiet" size="small" onClick={() => void readEarlier()} disabled={isReadingEarlier}>
                {isReadingEarlier ? 'Reading…' : 'Earlier turns'}
              </Button>
              <output aria-label="Earlier turns" className="px-1 text-xs text-soft empty:hidden">
                {trouble !== null && `Not read: ${trouble}`}
              </output>
            </div>
          )}
          {children}
        </div>
      </section>
      <PlaceNotice news={place.news} onShow={(turnId) => void place.show(turnId)} onDismiss={place.dismiss} />
      {!isAtBottom && <JumpButton tip={tip} onJump={() => void scrollToBottom('instant')} />}
    </div>
  );
}
