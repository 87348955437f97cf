import { createCell, type Watched } from './cell.ts';

const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

/** A cookie, as the server draws the page in its theme: the first picture is the right one, without a script before it. */
export const THEME_COOKIE = 'parley-theme';
const YEAR_S = 365 * 24 * 60 * 60;

export const parseTheme = (text: string | undefined): Theme => THEMES.find((theme) => theme === text) ?? 'system';

export type ThemeStore = ReturnType<typeof createTheme>;

/** `initial` is the theme that the server drew with; `tokens.css` has the colours of each. */
export function createTheme(initial: Theme) {
  const state = createCell(initial);
  state.watch(() => {
    document.documentElement.dataset['theme'] = state.get();
  });
  const look = () => state.set(kept());
  return {
    state: state as Watched<Theme>,
    change(theme: Theme): void {
      document.cookie = `${THEME_COOKIE}=${theme}; path=/; max-age=${YEAR_S}; samesite=lax`;
      state.set(theme);
    },
    /** Cookies tell nobody of a change: a tab looks when its reader comes back to it. */
    start(): () => void {
      document.addEventListener('visibilitychange', look);
      return () => document.removeEventListener('visibilitychange', look);
    },
  };
}

const kept = (): Theme => parseTheme(new RegExp(`(?:^|; )${THEME_COOKIE}=(\\w+)`).exec(document.cookie)?.[1]);
