import { writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { clocksInWords } from './clocks.ts';
import { families } from './families.ts';
import type { Family, Line, Measure } from './measure.ts';
import { prepareSetting, type Setting } from './setting.ts';
import { figure, isMet, markdown } from './table.ts';

/** `npm run bench [-- --quick] [-- ROW…]`: each budget of Parley's beside what this machine makes of it, in one run. */

/** A family that breaks so often is given up: the others' time is worth more. */
const BROKEN_MAX = 3;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false } },
});
const wanted = families.filter(
  ({ name }) => positionals.length === 0 || positionals.some((words) => name.includes(words)),
);
if (wanted.length === 0) throw new Error(`There are these rows: ${families.map(({ name }) => name).join(', ')}.`);
const wantedAt = (when: Family['when']) => wanted.filter((family) => family.when === when);

const begunAt = performance.now();
const loadBefore = loadavg();
const lines: Line[] = [];
const broken: string[] = [];
const about: string[] = [];

if (wantedAt('together').length + wantedAt('disturbing').length > 0) {
  const setting = await prepareSetting(values.quick);
  try {
    about.push(await clocksInWords(setting));
    if (wantedAt('together').length > 0) await run(wantedAt('together'), setting);
    for (const family of wantedAt('disturbing')) await run([family], setting);
  } finally {
    await setting.close();
  }
}
for (const family of wantedAt('alone')) await run([family], null);
await report();

type Running = { family: Family; measure: Measure; left: number; of: number; broke: number };

/** Families of a group take turns, round by round, each in proportion to how often it is to be sampled. */
async function run(group: Family[], setting: Setting | null): Promise<void> {
  const running: Running[] = [];
  for (const family of group) {
    const of = family.rounds[values.quick ? 'quick' : 'full'];
    // One that asks for no setting is given none.
    running.push({ family, measure: await family.prepare(setting as Setting), left: of, of, broke: 0 });
  }
  for (;;) {
    const next = running.reduce((a, b) => (a.left / a.of >= b.left / b.of ? a : b)); // furthest behind its share
    if (next.left === 0) break;
    next.left -= 1;
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${next.family.name} ${next.of - next.left}/${next.of}`);
    await next.measure.sample().catch((error: unknown) => {
      broken.push(`${next.family.name}: ${String(error).split('\n', 1)[0]}`);
      if (++next.broke === BROKEN_MAX) next.left = 0;
    });
  }
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  for (const { measure } of running) await measure.close?.();
  lines.push(...running.flatMap(({ measure }) => measure.lines()));
}

async function report(): Promise<void> {
  const seconds = Math.round((performance.now() - begunAt) / 1000);
  const load = (at: number[]) => at.map((each) => each.toFixed(1)).join(' ');
  about.unshift(
    `${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.versions.node}, ` +
      `${values.quick ? 'a quick run' : 'a full run'} of ${seconds} s. ` +
      `Load average ${load(loadBefore)} before, ${load(loadavg())} after: above ${availableParallelism()} it is the machine that is measured.`,
  );
  const table = markdown(lines, [...about, ...broken.map((what) => `A sample broke. ${what}`)]);
  const rows = lines.map((line) => ({
    ...line,
    isMet: isMet(line),
    p50: figure(line, 'p50'),
    p95: figure(line, 'p95'),
  }));
  await writeFile(join(import.meta.dirname, 'results.md'), table);
  await writeFile(join(import.meta.dirname, 'results.json'), `${JSON.stringify({ about, broken, rows }, null, 1)}\n`);
  console.log(table);
  process.exitCode = broken.length > 0 ? 1 : 0;
}
