import fc from 'fast-check';
import type { Mode } from '#lib/protocol/turn.ts';

/** What users and misfortune do, and when (ms). `of` names a send by its place, modulo how many there are. */
export type Act = { at: number } & (
  | { do: 'send'; mode: Mode; to: number; isSignalled: boolean }
  | { do: 'send again' | 'retry' | 'stop'; of: number }
  | { do: 'delete' | 'restore'; of: number }
  | { do: 'crash'; worker: number; backMs: number }
  | { do: 'crash at a call'; worker: number; calls: number; isAfter: boolean; backMs: number }
  | { do: 'SIGTERM'; worker: number; backMs: number }
  | { do: 'freeze'; worker: number; ms: number }
  | { do: 'Temporal away'; ms: number }
  | { do: 'attempts given up'; times: number; everyMs: number }
  | { do: 'workflows lost' }
  | { do: 'workflows and worker lost'; worker: number; backMs: number; clockBackMs: number }
  | { do: 'server clock back'; ms: number }
  | { do: 'wrong key'; ms: number }
  | { do: 'store trouble'; ms: number }
  | { do: 'offline' | 'reload'; page: number; ms: number }
);

/** Which parts of the world are rough, with chances of their own: a shrunk schedule has the fewest. */
export type Rough = { signals: boolean; frames: boolean; provider: boolean };

export type Schedule = {
  seed: number;
  rough: Rough;
  pages: number;
  /** With a second worker process, which has no gateway. */
  hasSecond: boolean;
  cancels: 'prompt' | 'late' | 'never';
  /** A workflow's idle hour, in our time. */
  idleMs: number;
  /** So many activities make a run long enough to continue as new. */
  longAfter: number;
  acts: Act[];
};

/** Users act within it; faults may come a little later. */
const BUSY_MS = 1_500;
const when = fc.integer({ min: 0, max: BUSY_MS });
const later = fc.integer({ min: 50, max: BUSY_MS + 500 });
/** Mostly after the send. */
const stopping = fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 300, max: BUSY_MS + 500 }) }, when);
const of = fc.nat(7);
const worker = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(1) });
const ms = (min: number, max: number) => fc.integer({ min, max });
const backMs = fc.oneof({ weight: 6, arbitrary: ms(100, 900) }, { weight: 1, arbitrary: ms(5_000, 8_000) });
const act = <T extends string, R extends object>(name: T, rest: { [K in keyof R]: fc.Arbitrary<R[K]> }, at = later) =>
  fc.record({ do: fc.constant(name), at, ...rest }) as unknown as fc.Arbitrary<Act>;

const send = act(
  'send',
  {
    mode: fc.constantFrom('queue', 'queue', 'queue', 'interject', 'interject'),
    to: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(1) }),
    isSignalled: fc.oneof({ weight: 12, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
  },
  when,
);

const more = fc.oneof(
  { weight: 9, arbitrary: send },
  { weight: 4, arbitrary: act('stop', { of }, stopping) },
  { weight: 1, arbitrary: act('send again', { of }, when) },
  { weight: 2, arbitrary: act('retry', { of }) },
  { weight: 1, arbitrary: act('delete', { of }) },
  { weight: 1, arbitrary: act('restore', { of }) },
  { weight: 3, arbitrary: act('crash', { worker, backMs }) },
  { weight: 4, arbitrary: act('crash at a call', { worker, calls: ms(1, 12), isAfter: fc.boolean(), backMs }) },
  { weight: 3, arbitrary: act('SIGTERM', { worker, backMs }) },
  { weight: 3, arbitrary: act('freeze', { worker, ms: fc.constantFrom(300, 1_500, 7_000) }) },
  { weight: 2, arbitrary: act('Temporal away', { ms: fc.constantFrom(200, 1_000, 6_500) }) },
  { weight: 6, arbitrary: act('attempts given up', { times: ms(1, 3), everyMs: ms(30, 400) }) },
  { weight: 1, arbitrary: act('workflows lost', {}) },
  {
    weight: 1,
    arbitrary: act('workflows and worker lost', { worker, backMs, clockBackMs: fc.constantFrom(0, 4_000) }),
  },
  { weight: 1, arbitrary: act('server clock back', { ms: ms(100, 5_000) }) },
  { weight: 1, arbitrary: act('wrong key', { ms: ms(100, 2_000) }) },
  { weight: 2, arbitrary: act('store trouble', { ms: ms(100, 1_500) }) },
  { weight: 3, arbitrary: act('offline', { page: of, ms: ms(10, 1_500) }) },
  { weight: 2, arbitrary: act('reload', { page: of, ms: fc.constant(0) }) },
);

export const schedules: fc.Arbitrary<Schedule> = fc
  .record({
    seed: fc.nat(),
    rough: fc.record({ signals: fc.boolean(), frames: fc.boolean(), provider: fc.boolean() }),
    hasSecond: fc.boolean(),
    pages: fc.constantFrom(1, 1, 1, 2, 2, 3),
    cancels: fc.constantFrom('prompt', 'late', 'never'),
    idleMs: fc.constantFrom(60_000, 60_000, 1_000, 100),
    longAfter: fc.constantFrom(1_000, 1_000, 4, 2),
    acts: fc.tuple(send, fc.array(more, { maxLength: 12, size: 'max' })).map(([first, rest]) => [first, ...rest]),
  })
  .map((schedule): Schedule => ({ ...schedule, acts: schedule.acts.toSorted((a, b) => a.at - b.at) }));

/** As a reader would tell it. */
export function describeSchedule({ acts, seed, rough, ...rest }: Schedule): string {
  const roughs = Object.entries(rough).flatMap(([part, isRough]) => (isRough ? [part] : []));
  const lines = acts.map(
    ({ at, do: what, ...detail }) => `  ${String(at).padStart(5)} ms  ${what} ${JSON.stringify(detail)}`,
  );
  return [`seed ${seed}, rough: ${roughs.join(', ') || 'nothing'}, ${JSON.stringify(rest)}`, ...lines].join('\n');
}
