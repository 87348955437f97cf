import type { Settings } from '#lib/protocol/turn.ts';
import { createCell, type Watched } from './cell.ts';
import { keepText, keptJson } from './storage.ts';

export type EnterDoes = 'interject' | 'queue';

/** How this browser's user likes to work. */
export type Preferences = {
  /** What Enter does while a turn runs; Ctrl+Enter does the other. */
  enter: EnterDoes;
  /** What a new conversation begins with. */
  settings: Settings;
};

const KEY = 'parley.preferences';

export type PreferencesStore = ReturnType<typeof createPreferences>;

/** Every tab follows a change in one of them. */
export function createPreferences(findStorage: () => Storage | null) {
  const state = createCell<Preferences>(parse(null));
  const read = () => state.set(parse(keptJson(findStorage(), KEY)));
  return {
    state: state as Watched<Preferences>,
    change(by: Partial<Preferences>): void {
      state.set({ ...state.get(), ...by });
      keepText(findStorage(), KEY, JSON.stringify(state.get()));
    },
    /** What another tab, or an earlier page, kept. */
    read,
    start(): () => void {
      read();
      const onStorage = ({ key }: StorageEvent) => {
        if (key === KEY || key === null) read();
      };
      window.addEventListener('storage', onStorage);
      return () => window.removeEventListener('storage', onStorage);
    },
  };
}

/** What another version kept may be of another shape. */
function parse(kept: unknown): Preferences {
  const given = (typeof kept === 'object' && kept !== null ? kept : {}) as Partial<Record<keyof Preferences, unknown>>;
  return { enter: given.enter === 'queue' ? 'queue' : 'interject', settings: settingsIn(given.settings) };
}

function settingsIn(kept: unknown): Settings {
  const { model, instructions, temperature } = (kept ?? {}) as Partial<Record<keyof Settings, unknown>>;
  return {
    ...(typeof model === 'string' && { model }),
    ...(typeof instructions === 'string' && { instructions }),
    ...(typeof temperature === 'number' && { temperature }),
  };
}
