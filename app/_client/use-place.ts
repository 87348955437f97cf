import { useEffect, useEffectEvent, useLayoutEffect, useRef } from 'react';
import type { StickToBottomInstance } from 'use-stick-to-bottom';
import type { Place } from './places.ts';
import { useViewer } from './viewer-context.ts';

/** After a scroll has come to rest. */
const KEEP_AFTER_MS = 250;
/** A place that is further back is not gone for: the conversation opens at its end. */
const SOUGHT_TURNS = 100;
/** A turn that a link names stands so far below the top. */
const LINKED_OFFSET = 12;

type Reading = { conversationId: string; turnCount: number; hasMore: boolean; onReadEarlier: () => Promise<void> };

/**
 * Opens a conversation where its address points to, else where it was read last, else at its end; and remembers where it
 * is read. A place on an earlier page is gone for, page by page.
 */
export function usePlace(
  { scrollRef, stopScroll }: StickToBottomInstance,
  { conversationId, turnCount, hasMore, onReadEarlier }: Reading,
  onLeave: () => void,
): void {
  const { places } = useViewer();
  const sought = useRef<Place | null | 'not yet'>('not yet');

  useLayoutEffect(() => {
    const scroller = scrollRef.current;
    if (turnCount === 0 || !scroller) return;
    if (sought.current === 'not yet') sought.current = linked() ?? places.of(conversationId);
    const place = sought.current;
    if (place === null) return;
    const turn = scroller.querySelector(`[data-turn-id="${place.turnId}"]`);
    if (!turn && hasMore && turnCount < SOUGHT_TURNS) return void onReadEarlier();
    sought.current = null;
    if (!turn) return;
    onLeave();
    stopScroll();
    scroller.scrollTop += topOf(turn) - topOf(scroller) - place.offset;
  });

  const keep = useEffectEvent((scroller: HTMLElement) => {
    if (sought.current === null) places.keep(conversationId, placeOf(scroller));
  });
  useEffect(() => {
    const scroller = scrollRef.current;
    if (!scroller) return undefined;
    let timer: ReturnType<typeof setTimeout>;
    const onScroll = () => {
      clearTimeout(timer);
      timer = setTimeout(() => keep(scroller), KEEP_AFTER_MS);
    };
    scroller.addEventListener('scroll', onScroll, { passive: true });
    return () => {
      clearTimeout(timer);
      scroller.removeEventListener('scroll', onScroll);
    };
  }, [scrollRef]);
}

const topOf = (element: Element) => element.getBoundingClientRect().top;

function linked(): Place | null {
  const turnId = /^#([0-9a-f-]{36})$/.exec(window.location.hash)?.[1];
  return turnId === undefined ? null : { turnId, offset: LINKED_OFFSET };
}

/** The first turn in sight; null at the end, to a rounded pixel. */
function placeOf(scroller: HTMLElement): Place | null {
  if (scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop < 2) return null;
  const top = topOf(scroller);
  const turns = [...scroller.querySelectorAll<HTMLElement>('[data-turn-id]')];
  const turn = turns.find((turn) => turn.getBoundingClientRect().bottom > top);
  const turnId = turn?.dataset['turnId'];
  return turn && turnId !== undefined ? { turnId, offset: Math.round(topOf(turn) - top) } : null;
}
