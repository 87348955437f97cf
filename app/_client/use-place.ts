import { useEffect, useEffectEvent, useLayoutEffect, useReducer, useRef, useState } from 'react';
import type { StickToBottomInstance } from 'use-stick-to-bottom';
import { ACTS, holdPlace, topOf } from './hold-place.ts';
import type { Place } from './places.ts';
import type { Sought } from './seeking.ts';
import { useViewer } from './viewer-context.ts';

/** After a scroll has come to rest. */
const KEEP_AFTER_MS = 250;
/** A turn that a link names stands so far below the top. */
const LINKED_OFFSET = 12;

type Reading = {
  conversationId: string;
  turnIds: readonly string[];
  isReadingEarlier: boolean;
  /** Has the turn read, where it is not on the page. */
  onSeek: (turnId: string, isWanted: () => boolean) => Promise<Sought>;
  /** Scrolls to a turn that is drawn only while in sight. */
  onReveal: (index: number, offset: number) => void;
  /** Null, or why the turn's branch was not chosen, in words. */
  onSwitch: (turnId: string) => Promise<string | null>;
};

type Goal = { place: Place; isLinked: boolean; stage: 'begun' | 'asked' | 'held' };

/** What is said of a place that is not on the page; `trouble` is why the way there was not taken. */
export type PlaceNews = {
  kind: 'seeking' | 'other-branch' | 'nowhere';
  turnId: string;
  isLinked: boolean;
  trouble?: string;
};

/**
 * Opens a conversation where its address points to, else where it was read last, else at its end; and remembers where it
 * is read. A place on an earlier page is gone for, unless the reader does something else meanwhile.
 */
export function usePlace({ scrollRef, stopScroll }: StickToBottomInstance, reading: Reading, onLeave: () => void) {
  const { conversationId, turnIds, isReadingEarlier, onSeek, onReveal, onSwitch } = reading;
  const { places } = useViewer();
  const goal = useRef<Goal | null | 'not yet'>('not yet');
  const [news, setNews] = useState<PlaceNews | null>(null);
  const [, draw] = useReducer((drawn: number) => drawn + 1, 0);

  async function lookFor(aim: Goal): Promise<void> {
    const { isLinked, place } = aim;
    aim.stage = 'asked';
    setNews({ kind: 'seeking', turnId: place.turnId, isLinked });
    const sought = await onSeek(place.turnId, () => goal.current === aim);
    if (sought === 'here' || goal.current !== aim) return;
    goal.current = null;
    // Where a reader was in a branch that is not the current one is of no matter any more.
    setNews(isLinked && sought !== 'given-up' ? { kind: sought, turnId: place.turnId, isLinked } : null);
  }

  const go = useEffectEvent(() => {
    const scroller = scrollRef.current;
    if (turnIds.length === 0 || !scroller) return;
    if (goal.current === 'not yet') goal.current = linked() ?? goalAt(places.of(conversationId));
    const aim = goal.current;
    if (aim === null || aim.stage === 'held') return;
    const index = turnIds.indexOf(aim.place.turnId);
    if (index === -1) {
      if (aim.stage === 'begun') void lookFor(aim);
      return;
    }
    // Until all is read, what comes above moves what is seen.
    if (isReadingEarlier) return;
    aim.stage = 'held';
    setNews(null);
    onLeave();
    stopScroll();
    holdPlace(scroller, aim.place, {
      isWanted: () => goal.current === aim && scroller.isConnected,
      onReveal: () => onReveal(index, -aim.place.offset),
      onEnd: () => {
        if (goal.current === aim) goal.current = null;
      },
    });
  });
  // After each drawing: the turn may be on it.
  useLayoutEffect(() => go());

  const isSeeking = news?.kind === 'seeking';
  useEffect(() => {
    if (!isSeeking) return undefined;
    const ending = new AbortController();
    const abandon = () => {
      goal.current = null;
      setNews(null);
    };
    for (const act of ACTS) window.addEventListener(act, abandon, { passive: true, signal: ending.signal });
    return () => ending.abort();
  }, [isSeeking]);

  useEffect(() => {
    const onLink = () => {
      goal.current = linked();
      draw();
    };
    window.addEventListener('hashchange', onLink);
    return () => window.removeEventListener('hashchange', onLink);
  }, []);

  const keep = useEffectEvent((scroller: HTMLElement) => {
    if (goal.current === null) places.keep(conversationId, placeOf(scroller));
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

  return {
    news,
    dismiss: () => setNews(null),
    /** Chooses the turn's branch, then goes on as if a link to it had been followed. */
    async show(turnId: string): Promise<void> {
      const trouble = await onSwitch(turnId);
      // Another link was followed meanwhile.
      if (goal.current !== null) return;
      if (trouble !== null) return setNews((news) => (news?.turnId === turnId ? { ...news, trouble } : news));
      goal.current = goalAt({ turnId, offset: LINKED_OFFSET }, true);
      setNews(null);
      draw();
    },
  };
}

const goalAt = (place: Place | null, isLinked = false): Goal | null => place && { place, isLinked, stage: 'begun' };

function linked(): Goal | null {
  const turnId = /^#([0-9a-f-]{36})$/.exec(window.location.hash)?.[1];
  return turnId === undefined ? null : goalAt({ turnId, offset: LINKED_OFFSET }, true);
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
