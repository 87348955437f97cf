import type { FullConfig, Reporter, Suite, TestCase, TestResult } from '@playwright/test/reporter';
import { ROW, type Row } from './report.ts';

/** Repeats this run. */
const SEED = `CHAOS_SEED=${process.env['CHAOS_SEED']}`;

/** Prints what the tests of faults have found, as a Markdown table, after all of them. */
export default class Table implements Reporter {
  readonly #lines: string[] = [];

  onBegin(_: FullConfig, { suites }: Suite): void {
    if (suites.some(({ title }) => title === 'chaos')) console.log(SEED);
  }

  onTestEnd({ title }: TestCase, { status, annotations }: TestResult): void {
    for (const { type, description } of annotations) {
      if (type !== ROW) continue;
      const { killed, recovery, calls } = JSON.parse(description ?? '{}') as Row;
      this.#lines.push(`| ${title} | ${killed} | ${recovery} | ${calls} | ${status} |`);
    }
  }

  onEnd(): void {
    if (this.#lines.length === 0) return;
    console.log(
      [
        '',
        SEED,
        '',
        '| fault | killed → replaced | kill → text grows in every page | model calls | verdict |',
        '|---|---|---|---|---|',
        ...this.#lines,
        '',
      ].join('\n'),
    );
  }

  printsToStdio(): boolean {
    return true;
  }
}
