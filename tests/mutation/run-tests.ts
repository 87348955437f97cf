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

export type Ran =
  | { kind: 'passed'; tests: number }
  | { kind: 'failed'; titles: string[] }
  /** The tests did not run, so they say nothing. */
  | { kind: 'broken'; why: string };

/** `npm test -- …` in that tree. What has not ended after `longestMs` hangs, and shows nothing. */
export async function runTests(root: string, args: readonly string[], longestMs: number): Promise<Ran> {
  const script = join(root, 'scripts/test.mjs');
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
    return judge(code, output, JSON.parse(readFileSync(join(root, 'test-results/vitest.json'), 'utf8')) as Report);
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
