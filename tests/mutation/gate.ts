// `npm run test:mutation [-- WORD…]`: takes each guard away in a copy of the project, and shows that the tests notice.
// A word names rows by their rule, name, file or tests. Fails when a guard's removal goes unnoticed.
import type { Edit, Guard } from './guard.ts';
import { guards } from './guards.ts';
import { isOfBrowser, runTests, type Ran, type Wanted } from './run-tests.ts';
import { copyTree, troubleWith, type Tree } from './tree.ts';

/** Each run has processes of its own, up to a Temporal server: more at once than processors only make them slow. */
const AT_ONCE = 2;
/** Several times what they take, for a busy machine: all tests of the table, and those of one row. */
const ALL_MS = 20 * 60_000;
const ROW_MS = 4 * 60_000;

type Row = { guard: Guard; isNoticed: boolean; words: string; seconds: number };

const words = process.argv.slice(2);
const chosen = guards.filter((guard) => words.length === 0 || words.some((word) => textOf(guard).includes(word)));
const rotten = guards.flatMap(({ edits }) => edits.flatMap((edit) => troubleWith(edit) ?? []));
if (rotten.length > 0) throw new Error(rotten.join('\n'));

const trees: Tree[] = [];
process.once('exit', () => trees.forEach((tree) => tree.remove()));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
process.exitCode = await run();

async function run(): Promise<number> {
  if (chosen.length === 0) throw new Error(`No guard is named by ${words.join(' ')}.`);
  trees.push(...Array.from({ length: AT_ONCE }, copyTree));
  for (const tests of [chosen.filter(({ by }) => !isOfBrowser(by)), chosen.filter(({ by }) => isOfBrowser(by))]) {
    if (tests.length === 0) continue;
    const whole = await runTests(trees[0]!.root, allTestsOf(tests), ALL_MS);
    if (whole.kind !== 'passed') {
      console.error(`The tests do not pass as things are.\n${toldOf(whole)}`);
      return 1;
    }
    console.log(`${whole.tests} tests pass with every guard in its place.`);
  }
  console.log('');

  const rows: Row[] = [];
  const left = chosen.values();
  const begun = performance.now();
  await Promise.all(
    trees.map(async (tree) => {
      for (const guard of left) {
        const row = await takeAway(tree, guard);
        rows.push(row);
        const progress = `${rows.length}/${chosen.length}`;
        console.log(`${row.isNoticed ? 'noticed' : 'NOT NOTICED'} ${progress} ${guard.name}: ${row.words}`);
      }
    }),
  );
  console.log(`\n| rule | guard | without it | s |\n|---|---|---|---|`);
  for (const guard of chosen) console.log(lineOf(rows.find((row) => row.guard === guard)!));
  const noticed = rows.filter(({ isNoticed }) => isNoticed).length;
  console.log(`\n${rows.length} guards in ${Math.round((performance.now() - begun) / 1_000)} s`);
  console.log(`${noticed} passed, ${rows.length - noticed} failed`);
  return noticed === rows.length ? 0 : 1;
}

/** The tests of all these rows in one run; narrowed by their titles where each row narrows its own. */
function allTestsOf(rows: readonly Guard[]): Wanted {
  const files = [...new Set(rows.map(({ by }) => by))];
  const titles = rows.map(({ only }) => only);
  return { files, isOneEnough: false, ...(!titles.includes(undefined) && { titles: [...new Set(titles)].join('|') }) };
}

/** What backs up another guard is also taken away alone, so that the table shows that it takes both. */
async function takeAway(tree: Tree, guard: Guard): Promise<Row> {
  const from = performance.now();
  const alone: string[] = [];
  if (guard.edits.length > 1) {
    for (const edit of guard.edits) {
      const ran = await without(tree, guard, [edit]);
      alone.push(ran.kind === 'passed' ? 'alone unnoticed' : ran.kind === 'failed' ? 'alone noticed' : toldOf(ran));
    }
  }
  const ran = await without(tree, guard, guard.edits);
  const said = [...alone, toldOf(ran, guard.rules)].join('; ');
  return { guard, isNoticed: ran.kind === 'failed', words: said, seconds: (performance.now() - from) / 1_000 };
}

async function without(tree: Tree, { by, only }: Guard, edits: readonly Edit[]): Promise<Ran> {
  tree.apply(edits);
  try {
    return await runTests(tree.root, { files: [by], titles: only, isOneEnough: true }, ROW_MS);
  } finally {
    tree.restore();
  }
}

/** Of the tests that failed the one that quotes the rule, where there is one. */
function toldOf(ran: Ran, rules: string[] = []): string {
  switch (ran.kind) {
    case 'passed':
      return `${ran.tests} tests pass`;
    case 'broken':
      return `the tests did not run: ${ran.why}`;
    case 'failed':
      return ran.titles.find((title) => rules.some((rule) => title.includes(`[${rule}]`))) ?? ran.titles[0] ?? '';
  }
}

function lineOf({ guard, isNoticed, words: said, seconds }: Row): string {
  const cells = [guard.rules.join(' '), guard.name, isNoticed ? said : `**unnoticed**: ${said}`, seconds.toFixed(0)];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
}

function textOf({ rules, name, by, edits }: Guard): string {
  return [...rules, name, by, ...edits.map(({ file }) => file)].join(' ');
}
