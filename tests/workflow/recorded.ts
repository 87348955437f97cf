import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporal } from '@temporalio/proto';

const { History } = temporal.api.history.v1;
export type History = temporal.api.history.v1.IHistory;

export const FOLDER = join(import.meta.dirname, 'histories');

type Seconds = { seconds?: string; nanos?: number };
type Timer = { timerId: string; startToFireTimeout: Seconds };
export type RecordedEvent = {
  eventTime: Seconds;
  timerStartedEventAttributes?: Timer;
  timerFiredEventAttributes?: Timer;
};
/** A history in JSON: enums by name, bytes in base64, what JavaScript cannot count as text. */
export type Recorded = { events: RecordedEvent[] };

/** What `npm run record:histories` has written, by name. */
export const recordedHistories = (): { name: string; recorded: Recorded }[] =>
  readdirSync(FOLDER)
    .map((file) => file.replace('.json', ''))
    .toSorted()
    .map((name) => ({ name, recorded: JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8')) as Recorded }));

/** Not by the SDK's own `historyFromJSON`: installed with two copies of protobufjs, it refuses its own types. */
export const historyOf = (recorded: Recorded): History => History.fromObject(recorded);

/** As a file: one event a line, so that a difference can be read. */
export const fileOf = ({ events }: Recorded): string =>
  `{"events":[\n${events.map((event) => JSON.stringify(event)).join(',\n')}\n]}\n`;

/**
 * A history as it may be published: who wrote an event, the queue of one worker alone, and where in whose files an error
 * came from are left out. Nothing of it counts in a replay.
 */
export function tidied(history: History): Recorded {
  const whole = History.toObject(History.fromObject(history), { enums: String, longs: String, bytes: String });
  return JSON.parse(
    JSON.stringify(whole, function (this: Record<string, unknown>, key, value: unknown) {
      if (key === 'identity') return 'someone';
      if (key === 'stackTrace') return undefined;
      if (key === 'name' && this.kind === 'TASK_QUEUE_KIND_STICKY') return 'sticky';
      return value;
    }),
  ) as Recorded;
}

/**
 * As if a timer of `from` seconds had been one of `to`: what came after it fired came so much later. An idle hour is
 * recorded as a second so, and replayed by the code that waits for the hour.
 */
export function stretched({ events }: Recorded, from: number, to: number): Recorded {
  const full = new Set<string>();
  let late = 0;
  return {
    events: events.map((event) => {
      const { timerStartedEventAttributes: started, timerFiredEventAttributes: fired } = event;
      if (fired && full.delete(fired.timerId)) late += to - from;
      const eventTime = { ...event.eventTime, seconds: String(Number(event.eventTime.seconds) + late) };
      const { seconds, nanos = 0 } = started?.startToFireTimeout ?? {};
      if (!started || Number(seconds) !== from || nanos !== 0) return { ...event, eventTime };
      full.add(started.timerId);
      const startToFireTimeout = { seconds: String(to), nanos };
      return { ...event, eventTime, timerStartedEventAttributes: { ...started, startToFireTimeout } };
    }),
  };
}
