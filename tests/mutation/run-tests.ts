import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const running = new Set<number>();
process.once('exit', () => running.forEach(kill));

/** So fails what cannot even be read or started: the edit is wrong then, and nothing is said of the guard. */
const NOT_RUNNABLE = /^(SyntaxError|ReferenceError)\b/;
/** The test runner's words for what would have ended a process of ours; no test's report has it. */
const UNCAUGHT = /Uncaught Exception.*\n+(.+)/;

type Report = {
  numPassedTests: number;
  testResults: {
    name: string;
    status: string;
    message: string;
    assertionResults: { status: string; fullName: string; failureMessages: string[] }[];
  }[];
};

type BrowserSuite = {
  suites?: BrowserSuite[];
  specs: { title: string; tests: { status: string; results: { error?: { message?: string } }[] }[] }[];
};
type BrowserReport = { stats: { expected: number }; suites: BrowserSuite[] };

/** Test files of one runner, Vitest's or Playwright's, and which of their tests; all of them, or until one fails. */
export type Wanted = { files: readonly string[]; titles?: string | undefined; isOneEnough: boolean };

export type Ran =
  | { kind: 'passed'; tests: number }
  | { kind: 'failed'; titles: string[] }
  /** The tests did not run, so they say nothing. */
  | { kind: 'broken'; why: string };

/** Played in a browser, by the built app. */
export const isOfBrowser = (file: string) => file.endsWith('.spec.ts');

/** `npm test -- …` in that tree. What has not ended after `longestMs` hangs, and shows nothing. */
export async function runTests(root: string, wanted: Wanted, longestMs: number): Promise<Ran> {
  const { files, titles, isOneEnough } = wanted;
  const inBrowser = files.some(isOfBrowser);
  const script = join(root, 'scripts/test.mjs');
  const args = [
    ...files,
    ...(isOneEnough ? [inBrowser ? '--max-failures=1' : '--bail=1'] : []),
    ...(titles === undefined ? [] : [inBrowser ? '-g' : '-t', titles]),
  ];
  // A group of its own: a run that hangs is ended with all that it has started.
  const child = spawn(process.execPath, [script, ...args], {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1' },
  });
  const group = child.pid!;
  running.add(group);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => (output += piece.toString()));
  let isLate = false;
  const late = setTimeout(() => {
    isLate = true;
    kill(group);
  }, longestMs);
  const [code] = (await once(child, 'exit')) as [number | null];
  clearTimeout(late);
  running.delete(group);
  if (isLate) return { kind: 'broken', why: `no end within ${longestMs / 1_000} s` };
  try {
    const report: unknown = JSON.parse(
      readFileSync(join(root, `test-results/${inBrowser ? 'playwright' : 'vitest'}.json`), 'utf8'),
    );
    return inBrowser ? judgeBrowser(code, report as BrowserReport) : judge(code, output, report as Report);
  } catch (error) {
    return { kind: 'broken', why: `${String(error)}\n${output.slice(-2_000)}` };
  }
}

const kill = (group: number) => process.kill(-group, 'SIGKILL');

function judge(code: number | null, output: string, report: Report): Ran {
  const failed = report.testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter(({ status }) => status === 'failed'),
  );
  const real = failed.filter(({ failureMessages }) => !failureMessages.every((message) => NOT_RUNNABLE.test(message)));
  if (real.length > 0) return { kind: 'failed', titles: real.map(({ fullName }) => fullName) };
  const broken = report.testResults.filter(({ status }) => status === 'failed');
  if (broken.length > 0) {
    const why = broken.map(({ name, message }) => `${name}: ${message}`).join('\n');
    return { kind: 'broken', why: failed[0]?.failureMessages[0] ?? why };
  }
  const uncaught = UNCAUGHT.exec(output)?.[1];
  if (uncaught !== undefined && !NOT_RUNNABLE.test(uncaught))
    return { kind: 'failed', titles: [`an error that nobody caught: ${uncaught}`] };
  if (code !== 0) return { kind: 'broken', why: `the test command ended with ${code}` };
  if (report.numPassedTests === 0) return { kind: 'broken', why: 'no test was run' };
  return { kind: 'passed', tests: report.numPassedTests };
}

function judgeBrowser(code: number | null, { stats, suites }: BrowserReport): Ran {
  const failed = specsOf(suites).filter(({ tests }) => tests.some(({ status }) => status === 'unexpected'));
  const messages = failed.flatMap(({ tests }) =>
    tests.flatMap(({ results }) => results.map(({ error }) => error?.message)),
  );
  if (messages.some((message) => message !== undefined && /\b(SyntaxError|ReferenceError)\b/.test(message)))
    return { kind: 'broken', why: messages.join('\n') };
  if (failed.length > 0) return { kind: 'failed', titles: failed.map(({ title }) => title) };
  if (code !== 0) return { kind: 'broken', why: `the test command ended with ${code}` };
  return stats.expected === 0 ? { kind: 'broken', why: 'no test was run' } : { kind: 'passed', tests: stats.expected };
}

const specsOf = (suites: BrowserSuite[]): BrowserSuite['specs'] =>
  suites.flatMap((suite) => [...suite.specs, ...specsOf(suite.suites ?? [])]);
