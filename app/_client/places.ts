import { keepText, keptJson } from './storage.ts';

/** Where a reader stands: a turn, and how far its top is below the top of what is seen (px; negative: above). */
export type Place = { turnId: string; offset: number };

const KEY = 'parley.places';
/** So many conversations' places are remembered, the last ones. */
const MOST = 200;

export type Places = ReturnType<typeof createPlaces>;

/** Where each conversation was read last [PAGE5]; null is its end, where it opens anyway. */
export function createPlaces(findStorage: () => Storage | null) {
  function kept(): Map<string, Place> {
    const places = keptJson(findStorage(), KEY);
    return new Map(Array.isArray(places) ? (places as [string, Place][]) : []);
  }

  return {
    of: (conversationId: string): Place | null => kept().get(conversationId) ?? null,

    keep(conversationId: string, place: Place | null): void {
      const places = kept();
      if (place === null && !places.has(conversationId)) return;
      places.delete(conversationId);
      if (place) places.set(conversationId, place);
      keepText(findStorage(), KEY, JSON.stringify([...places].slice(-MOST)));
    },
  };
}
