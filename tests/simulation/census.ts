/** What the schedules met: a case that is never met is not tested. */
export type Census = Map<string, number>;

export const count = (census: Census, what: string, by = 1): void =>
  void census.set(what, (census.get(what) ?? 0) + by);

/** Without any of these a run shows nothing. */
export const MUST_BE_MET = ['resets', 'fenced', 'behind', 'duplicate', 'gap', 'adopted', 'orphaned'];
const ALSO = ['lapsed fences', 'handovers', 'paused', 'lost', 'tombstoned'];

export function describeCensus(census: Census): string {
  const named = [...MUST_BE_MET, ...ALSO];
  const others = [...census.keys()].filter((name) => !named.includes(name)).sort();
  return [...named, ...others].map((name) => `${name} ${census.get(name) ?? 0}`).join(', ');
}
