import { readFile } from 'node:fs/promises';
import { Worker } from '@temporalio/worker';
import { expect, inject, test } from 'vitest';
import { historyOf, recordedHistories, type Recorded } from './recorded.ts';

/*
 * Conversations that began under older code go on under today's: what real runs have recorded (`npm run
 * record:histories`) must lead today's workflow to the very same commands.
 */

const RECORDED = recordedHistories();
const names = RECORDED.map(({ name }) => name);

/** The names of those that this code takes another way than their record says. */
async function brokenBy(code: string): Promise<string[]> {
  const broken: string[] = [];
  const histories = RECORDED.map(({ name, recorded }) => ({ workflowId: name, history: historyOf(recorded) }));
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle: { code } }, histories)) {
    if (error) broken.push(workflowId);
  }
  return broken;
}

const today = () => readFile(inject('workflowBundle'), 'utf8');

async function changed(from: string, to: string): Promise<string> {
  const code = await today();
  expect(code.split(from)).toHaveLength(2);
  return code.replace(from, to);
}

test('every kind of run is recorded', () => {
  expect(names).toEqual([
    'behind',
    'broken',
    'cancelled',
    'completed',
    'continued',
    'continued-as-new',
    'failed',
    'handover',
    'idle-again',
    'idle-return',
    'interrupted',
    'paused',
    'retried',
    'stopped',
  ]);
});

test('[WF7] today’s workflow takes every recorded run the way that it went', async () => {
  expect(await brokenBy(await today())).toEqual([]);
});

const STEP = 'const result = await step.run(()=>runStep(current));';
const PAUSE = '(0,_temporalio_workflow__WEBPACK_IMPORTED_MODULE_0__.sleep)(1)';
const PATCHED = '(0,_temporalio_workflow__WEBPACK_IMPORTED_MODULE_0__.patched)("a-change")';

const BREAKS: [string, string, string, string[]][] = [
  ['a timer more before each step', STEP, `await ${PAUSE}; ${STEP}`, names],
  ['no timer for the idle hour', 'idle.begin();', ';', ['completed', 'idle-return', 'paused']],
  ['no end of a step that broke', 'endTurn(failed)', 'null', ['broken']],
  ['no end of what an operator cancels', 'open.map(', '[].map(', ['cancelled']],
  ['no wait in a pause', 'state.isParked = state.requests === requestsBefore', 'state.isParked = false', ['paused']],
  ['what goes first forgotten', 'state.queue = [\n        first,\n', 'state.queue = [\n', ['behind']],
  [
    'a suggestion not taken',
    'workflowInfo)().continueAsNewSuggested ||',
    'workflowInfo)() && false ||',
    ['continued-as-new'],
  ],
  ['a stopped step not cancelled', '.stop)(state, signal)) step', '.stop)(state, signal) && false) step', ['stopped']],
  [
    'an interrupted step not cancelled',
    '.request)(state, signal)) step',
    '.request)(state, signal) && false) step',
    ['interrupted'],
  ],
];

test.each(BREAKS)('[WF7] %s would not go unnoticed', async (_, from, to, noticed) => {
  expect(await brokenBy(await changed(from, to))).toEqual(expect.arrayContaining(noticed));
});

test('[WF7] guarded by `patched`, the same timer leaves every recorded run as it was', async () => {
  expect(await brokenBy(await changed(STEP, `if (${PATCHED}) await ${PAUSE}; ${STEP}`))).toEqual([]);
});

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const OURS = 'Parley could not run this turn. Try again.';
const WORDS = new Set(
  'ended behind paused handover completed stopped interrupted failed internal conversation fenced aborted worker_died ACTIVITY_ID_NOT_STARTED'.split(
    ' ',
  ),
);

test.each(RECORDED)('[WF3] the record of $name holds ids and outcomes, and no name of a machine', ({ recorded }) => {
  const text = JSON.stringify(recorded);
  expect(text).not.toMatch(/"identity":"(?!someone")|"stackTrace"|"kind":"TASK_QUEUE_KIND_STICKY","name"/);
  expect(text).not.toMatch(/"name":"(?!sticky")[^"]*","kind":"TASK_QUEUE_KIND_STICKY"/);
  expect(text.length).toBeLessThan(32_768);
  const said = payloadsOf(recorded).flatMap(leavesOf);
  expect(said.length).toBeGreaterThan(2);
  expect(
    said.filter((leaf) => typeof leaf === 'string' && !ID.test(leaf) && !WORDS.has(leaf) && leaf !== OURS),
  ).toEqual([]);
});

/** Every payload's value: what a workflow, an activity or a signal was given or gave back. */
function payloadsOf(recorded: Recorded): unknown[] {
  const found: unknown[] = [];
  JSON.stringify(recorded, (key, value: { data?: string }[]) => {
    if (key === 'payloads') for (const { data } of value) if (data) found.push(JSON.parse(atob(data)));
    return value;
  });
  return found;
}

function leavesOf(value: unknown): unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leavesOf) : [value];
}
