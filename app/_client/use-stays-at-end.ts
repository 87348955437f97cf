import { useCallback, useEffect, useRef } from 'react';
import type { StickToBottomInstance } from 'use-stick-to-bottom';

const UP_KEYS = new Set(['ArrowUp', 'PageUp', 'Home']);
/** A reader's wheel or key moves the page within so long, on a busy one. */
const MOVES_WITHIN_MS = 300;

/**
 * Only a reader leaves the end of the text: by wheel, touch, key, scroll bar or a selection. use-stick-to-bottom reads it
 * from scroll events alone, and a layout that shrinks for a moment (a turn ends, another takes its place) scrolls as well.
 * What is returned leaves it in the reader's name: for a place that was asked for.
 */
export function useStaysAtEnd(stick: StickToBottomInstance): () => void {
  const { scrollRef, isAtBottom, escapedFromLock, scrollToBottom, state } = stick;
  const hasLeft = useRef(false);
  const actedAt = useRef(-Infinity);
  const leave = useCallback(() => {
    hasLeft.current = true;
    actedAt.current = performance.now();
  }, []);

  useEffect(() => {
    const scroller = scrollRef.current;
    if (!scroller) return undefined;
    const listeners: { [E in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[E]) => void } = {
      wheel: (event) => event.deltaY < 0 && leave(),
      touchmove: leave,
      // The same finger brings them back.
      touchend: () => {
        if (state.isAtBottom && !state.escapedFromLock) hasLeft.current = false;
      },
      keydown: (event) => UP_KEYS.has(event.key) && leave(),
      // On the scroll bar; a press on what is scrolled has another target.
      pointerdown: (event) => event.target === scroller && leave(),
    };
    const ending = new AbortController();
    for (const [event, listener] of Object.entries(listeners)) {
      scroller.addEventListener(event, listener as (event: Event) => void, { passive: true, signal: ending.signal });
    }
    return () => ending.abort();
  }, [scrollRef, leave, state]);

  // What stands below has grown: the box, by what is written in it, or the tray.
  useEffect(() => {
    const scroller = scrollRef.current;
    if (!scroller) return undefined;
    const observer = new ResizeObserver(() => {
      if (state.isAtBottom && !hasLeft.current) scroller.scrollTop = scroller.scrollHeight;
    });
    observer.observe(scroller);
    return () => observer.disconnect();
  }, [scrollRef, state]);

  useEffect(() => {
    if (isAtBottom) {
      // Also true near the end, where a reader on the way up begins.
      if (escapedFromLock && !state.isAtBottom) return undefined;
      const wait = actedAt.current + MOVES_WITHIN_MS - performance.now();
      // A layout that shrank says the same; the reader's own move may still come.
      if (wait > 0) {
        const timer = setTimeout(() => void (hasLeft.current = false), wait);
        return () => clearTimeout(timer);
      }
      hasLeft.current = false;
      return undefined;
    }
    const isSelecting = document.getSelection()?.isCollapsed === false;
    if (!hasLeft.current && !isSelecting) void scrollToBottom('instant');
    return undefined;
  }, [isAtBottom, escapedFromLock, scrollToBottom, state]);

  return leave;
}
