import type { TestInfo } from '@playwright/test';

/** A row of the table of faults: printed as soon as it holds, so that it is there whatever fails after it. */
export function measured({ title, annotations }: TestInfo, what: string): void {
  const fault = title.replace(/(\[\w+\] |@quick)/g, '').trim();
  annotations.push({ type: 'measured', description: what });
  console.log(`| ${fault} | ${what} | holds |`);
}

export const inSeconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
