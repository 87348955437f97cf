import type { FullConfig, Reporter, Suite, TestCase, TestResult } from '@playwright/test/reporter';
import { KILLED, MEASURED } from './report.ts';

/** Repeats this run. */
const SEED = `CHAOS_SEED=${process.env['CHAOS_SEED']}`;

/** Prints what the tests of faults have found, as a Markdown table, after all of them. */
export default class Table implements Reporter {
  readonly #lines: string[] = [];

  onBegin(_: FullConfig, { suites }: Suite): void {
    if (suites.some(({ title }) => title === 'chaos')) console.log(SEED);
  }

  onTestEnd({ title, parent }: TestCase, { status, annotations, duration }: TestResult): void {
    if (parent.project()?.name !== 'chaos') return;
    const of = (type: string) => annotations.flatMap((each) => (each.type === type ? [each.description] : []));
    const cells = [title, of(KILLED).join('<br>'), of(MEASURED).join('; '), `${Math.round(duration / 1_000)} s`];
    this.#lines.push(`| ${[...cells, status === 'passed' ? 'holds' : status].join(' | ')} |`);
  }

  onEnd(): void {
    if (this.#lines.length === 0) return;
    console.log(
      [
        '',
        SEED,
        '',
        '| fault | killed → replaced | measured | test | |',
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
