import type { Place } from './places.ts';

/** Signs of a reader who does something else than wait. */
export const ACTS = ['wheel', 'touchmove', 'keydown', 'pointerdown', 'click'];
/** Less is the rounding of a scroll position (px). */
const EXACT = 1;

export const topOf = (element: Element) => element.getBoundingClientRect().top;

type Holding = {
  isWanted: () => boolean;
  /** Has the turn drawn, where it is not. */
  onReveal: () => void;
  onEnd: () => void;
};

/**
 * Scrolls to a place and holds it there until the reader acts [PAGE5]: far back, turns get their height only as they are
 * drawn, and what stands above then moves what is seen.
 */
export function holdPlace(
  scroller: HTMLElement,
  { turnId, offset }: Place,
  { isWanted, onReveal, onEnd }: Holding,
): void {
  const ending = new AbortController();
  const { signal } = ending;
  const observer = new ResizeObserver(put);
  let isRevealing = false;

  function end(): void {
    ending.abort();
    observer.disconnect();
    onEnd();
  }

  function put(): void {
    if (signal.aborted) return;
    if (!isWanted()) return end();
    const turn = scroller.querySelector(`[data-turn-id="${turnId}"]`);
    if (!turn) return reveal();
    const off = topOf(turn) - topOf(scroller) - offset;
    if (Math.abs(off) >= EXACT) scroller.scrollTop += off;
  }

  function reveal(): void {
    if (isRevealing) return;
    isRevealing = true;
    onReveal();
    requestAnimationFrame(() => {
      isRevealing = false;
      put();
    });
  }

  for (const act of ACTS) window.addEventListener(act, end, { passive: true, signal, capture: true });
  // Whatever scrolls without an act of the reader follows the heights, and may go too far.
  scroller.addEventListener('scroll', put, { passive: true, signal });
  observer.observe(scroller.firstElementChild!);
  put();
}
