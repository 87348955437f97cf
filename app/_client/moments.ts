/** Seconds between two times (ISO 8601), to a hundredth below one and a tenth below ten; null where one of them is not known. */
export function secondsBetween(from: string | null, to: string | null): number | null {
  if (from === null || to === null) return null;
  const seconds = Math.max(0, Date.parse(to) - Date.parse(from)) / 1_000;
  const digits = seconds < 1 ? 100 : seconds < 10 ? 10 : 1;
  return Math.round(seconds * digits) / digits;
}

/** A time as its reader writes it. Drawn in the browser alone: the server knows neither locale nor zone. */
export const timeOf = (iso: string): string =>
  new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' }).format(new Date(iso));
