import type { Browser, Page } from '@playwright/test';

type TraceEvent = {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  ts: number;
  dur?: number;
  tdur?: number;
};

/**
 * How long the page's main thread worked for each frame that showed more text, in milliseconds, by the browser's own
 * trace: messages, React, layout and paint since the frame before, whoever began them. The recorder marks the text.
 */
export async function workPerFrame(browser: Browser, page: Page, act: () => Promise<void>): Promise<number[]> {
  await browser.startTracing(page, { categories: ['disabled-by-default-devtools.timeline', 'blink.user_timing'] });
  await act();
  const trace = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  const mark = trace.traceEvents.find(({ name }) => name === 'text shown');
  const onMain = trace.traceEvents.filter(({ pid, tid }) => pid === mark?.pid && tid === mark.tid);
  const timesOf = (name: string) => onMain.filter((event) => event.name === name).map(({ ts }) => ts);
  const frames = timesOf('Commit').sort((a, b) => a - b);
  const frameAt = (ts: number) => frames.findIndex((end) => ts <= end);
  const work = new Map(timesOf('text shown').map((ts) => [frameAt(ts), 0]));
  for (const { name, ts, dur = 0, tdur = dur } of onMain) {
    const before = work.get(frameAt(ts));
    // The processor's time where the trace has it: what other processes took from it is not the page's work.
    if (name === 'RunTask' && before !== undefined) work.set(frameAt(ts), before + tdur / 1000);
  }
  work.delete(-1); // never drawn
  return [...work.values()];
}
