import type { Health } from '#lib/protocol/message.ts';
import type { Api } from './api.ts';
import { createCell, type Watched } from './cell.ts';
import type { Link } from './gateway.ts';

/** What `GET /api/health` said last; null before that. `isReachable` is whether the server answered at all. */
export type HealthState = { health: Health | null; isReachable: boolean };

export type HealthStore = ReturnType<typeof createHealthStore>;

const EVERY_MS = 1_000;

type Needs = { api: Pick<Api, 'health'>; link: Watched<Link> };

/** Looks once at the start, then every second, but only while something is not as it should be. */
export function createHealthStore({ api, link }: Needs) {
  const state = createCell<HealthState>({ health: null, isReachable: true });
  let timer: ReturnType<typeof setTimeout> | null = null;
  let isLooking = false;
  let isStarted = false;
  let isWaiting = false;

  async function look(): Promise<void> {
    isLooking = true;
    const answer = await api.health();
    isLooking = false;
    state.set(answer.ok ? { health: answer.value, isReachable: true } : { ...state.get(), isReachable: false });
    plan();
  }

  function plan(): void {
    if (!isStarted || isLooking || timer !== null || !needsALook()) return;
    timer = setTimeout(lookNow, EVERY_MS);
  }

  function lookNow(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (!isLooking) void look();
  }

  /** A connection that has just come back is the first to know that the trouble is over. */
  function onLink(): void {
    if (link.get() === 'connected' && timer !== null) lookNow();
    else plan();
  }

  function needsALook(): boolean {
    const { health, isReachable } = state.get();
    return isWaiting || !isReachable || link.get() !== 'connected' || !health || !isWhole(health);
  }

  return {
    state: state as Watched<HealthState>,
    /** A turn has waited long without a word: what for may be known here. */
    waits(next: boolean): void {
      isWaiting = next;
      plan();
    },
    start(): () => void {
      isStarted = true;
      const end = link.watch(onLink);
      lookNow();
      return () => {
        isStarted = false;
        if (timer !== null) clearTimeout(timer);
        timer = null;
        end();
      };
    },
  };
}

const isWhole = ({ store, gateway, temporal, worker, model }: Health): boolean =>
  [store, gateway, temporal, worker, model].every((part) => part.state === 'ok');
