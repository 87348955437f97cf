import { guardsOf, type Guard } from '../guard.ts';

const STORE = 'tests/store/sqlite.test.ts';

/** The index that finds the open turns happens to hold them in their order. */
const thenByOrder: Guard = {
  rules: ['LOG1'],
  name: 'order: then by order; the index of open turns has it too',
  by: STORE,
  only: 'LOG1',
  edits: [
    { file: 'lib/store/order.ts', from: "\n    .orderBy('order')", to: '' },
    {
      file: 'lib/store/migrations/0001-first.ts',
      from: 'create index turn_waiting on turn (conversation_id, "order")',
      to: 'create index turn_waiting on turn (conversation_id)',
    },
  ],
};

/** The four operations on a turn's log, and who may do them. */
export const turnLogGuards = [
  thenByOrder,
  ...guardsOf('lib/store/opening.ts', STORE, [
    {
      rules: ['LOG1'],
      name: 'open: ended',
      from: "if (isOutcome(turn.status)) return { kind: 'ended', outcome: turn.status };\n    const toolCalls",
      to: 'const toolCalls',
      only: 'LOG1',
    },
    {
      rules: ['LOG1'],
      name: 'open: done',
      from: "if (toolCalls) return { kind: 'done', toolCalls };",
      to: '',
      only: 'LOG1',
    },
    {
      rules: ['LOG1', 'ROW2'],
      name: 'open: behind',
      from: "if (first && first !== turn.id) return { kind: 'behind', turnId: first };",
      to: '',
      only: 'LOG1|ROW2',
    },
    {
      rules: ['LOG1', 'ACT8'],
      name: 'open: paused',
      from: "if (turn.paused === 1) return { kind: 'paused' };",
      to: '',
      only: 'LOG1|ACT8',
    },
    {
      rules: ['LOG2'],
      name: 'open: fenced',
      from: 'if (held && isOlder(request.fence, held) &&',
      to: 'if (held && false &&',
      only: 'LOG2',
    },
    {
      rules: ['ACT6'],
      name: 'open: lost',
      from: 'if (adopts && !(held',
      to: 'if (false && !(held',
      only: 'ACT6',
    },
    {
      rules: ['ACT6'],
      name: 'open: an adoption whose answer was lost is answered again',
      from: ' || isSameFence(request.fence, held))',
      to: ')',
      only: 'ACT6',
    },
    {
      rules: ['DEL2'],
      name: 'open: a turn that is no more is ended',
      from: "if (!turn) return { kind: 'ended', outcome: 'stopped' }; // erased after a delete",
      to: '',
      only: 'DEL2',
    },
    {
      rules: ['ROW1'],
      name: 'open: viewers are told that the turn runs',
      from: `started_at: turn.started_at ?? now,
          rev: await nextRev(tx, turn.conversation_id),`,
      to: 'started_at: turn.started_at ?? now,',
      only: 'LOG1. opened|GW1',
    },
    {
      rules: ['LOG9'],
      name: 'a fence of another run lapses',
      from: '&& !hasLapsed(turn, held, request.fence, now))',
      to: ')',
      only: 'LOG9',
    },
    {
      rules: ['LOG9'],
      name: 'a fence of the same run never lapses',
      from: 'held.runId !== fence.runId && ',
      to: '',
      only: 'LOG9',
    },
  ]),
  ...guardsOf('lib/store/appending.ts', STORE, [
    {
      rules: ['LOG9'],
      name: 'an append is a sign of life',
      from: '        seq,\n        alive_at: now,',
      to: '        seq,',
      only: 'LOG9',
    },
    {
      rules: ['LOG3', 'STOP1', 'ROW3'],
      name: 'append: ended',
      from: `if (isOutcome(turn.status)) return { kind: 'ended', outcome: turn.status };
    const held = fenceOf(turn);
    if (!held || !isSameFence(held, request.fence))`,
      to: `const held = fenceOf(turn);
    if (!held || !isSameFence(held, request.fence))`,
      only: 'STOP1|LOG3|ROW3',
    },
    {
      rules: ['LOG2'],
      name: 'append: fenced',
      from: "if (!held || !isSameFence(held, request.fence)) return { kind: 'fenced' };",
      to: '',
      only: 'LOG2',
    },
    {
      rules: ['LOG2'],
      name: 'append: the very fence, not merely one of its run',
      from: '!isSameFence(held, request.fence)',
      to: 'held.runId !== request.fence.runId',
      only: 'LOG2',
    },
    {
      rules: ['LOG3'],
      name: 'append: duplicate',
      from: "if (request.seq <= turn.seq) return { kind: 'duplicate' };",
      to: '',
      only: 'LOG3',
    },
    {
      rules: ['LOG3'],
      name: 'append: gap',
      from: "if (request.seq > turn.seq + 1) return { kind: 'gap', expected: turn.seq + 1 };",
      to: '',
      only: 'LOG3',
    },
    {
      rules: ['LOG1'],
      name: 'append: the end of a step is noted',
      from: 'steps_done: stepsDoneWith(turn, request.events)',
      to: 'steps_done: turn.steps_done',
      only: 'LOG1',
    },
    {
      rules: ['ROW1'],
      name: 'append: the one that ends the turn moves the rev',
      from: 'const rev = await nextRev(tx, whole.conversation_id);',
      to: 'const { rev } = whole;',
      only: 'ROW1',
    },
    {
      rules: ['LOG7'],
      name: 'the log is folded every 200 events',
      from: 'seq - turn.folded_seq >= FOLD_EVENTS',
      to: 'false',
      only: 'LOG7',
    },
  ]),
  ...guardsOf('lib/store/failing.ts', STORE, [
    {
      rules: ['ROW3'],
      name: 'fail: the first outcome stands',
      from: `if (isOutcome(turn.status)) return { kind: 'ended', outcome: turn.status };
    const held = fenceOf(turn);
    if (!held || !isSameFence(held, failed.fence))`,
      to: `const held = fenceOf(turn);
    if (!held || !isSameFence(held, failed.fence))`,
      only: 'ROW3',
    },
    {
      rules: ['LOG10'],
      name: 'fail: under the fence',
      from: "if (!held || !isSameFence(held, failed.fence)) return { kind: 'fenced' };",
      to: '',
      only: 'LOG10',
    },
    {
      rules: ['LOG10'],
      name: 'fail: a call counts once',
      from: 'const tries = counted ? before : before + 1;',
      to: 'const tries = before + 1;',
      only: 'LOG10',
    },
    {
      rules: ['LOG10'],
      name: 'fail: tries count per step',
      from: 'const before = turn.try_step === failed.step ? turn.tries : 0;',
      to: 'const before = turn.tries;',
      only: 'LOG10',
    },
    {
      rules: ['LOG10'],
      name: 'fail: the third try ends the turn',
      from: ' || tries >= MAX_TRIES',
      to: '',
      only: 'LOG10',
    },
    {
      rules: ['LOG10'],
      name: 'fail: a final failure ends the turn',
      from: 'if (failed.retryAt === undefined || ',
      to: 'failed.retryAt ??= 0;\n        if (',
      only: 'LOG10',
    },
    {
      rules: ['ACT8'],
      name: 'fail: pauses the conversation',
      from: 'if (failed.pauses)',
      to: 'if (false)',
      only: 'ACT8',
    },
    {
      rules: ['ACT8'],
      name: 'fail: other failures do not pause it',
      from: 'if (failed.pauses)',
      to: 'if (true)',
      only: 'ACT8',
    },
  ]),
  ...guardsOf('lib/store/turn-log.ts', STORE, [
    {
      rules: ['LOG9'],
      name: 'only the holder moves the sign of life',
      from: '.where(sql<boolean>`(id, fence) in (values ${sql.join(pairs)})`)',
      to: ".where('id', 'in', held.map(({ turnId }) => turnId))",
      only: 'LOG9',
    },
    {
      rules: ['LOG4', 'ROW3'],
      name: 'end: the first outcome stands',
      from: 'if (isOutcome(turn.status)) return turnRow(turn);',
      to: '',
      only: 'LOG4|ROW3',
    },
    {
      rules: ['CTX3'],
      name: 'only the holder notes what was left out',
      from: '!isSameFence(held, fence) ||',
      to: '',
      only: 'CTX3',
    },
    {
      rules: ['STOP2'],
      name: 'the look at live turns knows those that are no more',
      from: "status.get(id) ?? 'stopped'",
      to: "status.get(id) ?? 'running'",
      only: 'STOP2',
    },
  ]),
  ...guardsOf('lib/store/ending.ts', STORE, [
    {
      rules: ['LOG7'],
      name: 'the last fold closes every part',
      from: "partsOf(reply, 'closed')",
      to: "partsOf(reply, 'open')",
      only: 'LOG7',
    },
    {
      rules: ['LOG4'],
      name: 'end: carries the proof',
      from: 'proof: JSON.stringify(proofOf(reply.seq, textOf(parts))),',
      to: '',
      only: 'LOG4',
    },
    {
      rules: ['OB3'],
      name: 'a Stop is owed to the workflow',
      from: "stop_due: isKnown && (to.outcome === 'stopped' || to.outcome === 'interrupted') ? 1 : 0",
      to: 'stop_due: 0',
      only: 'OB3',
    },
    {
      rules: ['OB3'],
      name: 'what ends by itself is owed to nobody',
      from: "isKnown && (to.outcome === 'stopped' || to.outcome === 'interrupted')",
      to: 'isKnown',
      only: 'OB3',
    },
    {
      rules: ['OB3'],
      name: 'what the workflow never knew is owed to nobody',
      from: 'stop_due: isKnown && ',
      to: 'stop_due: ',
      only: 'OB3',
    },
  ]),
  ...guardsOf('lib/store/order.ts', STORE, [
    {
      rules: ['LOG1'],
      name: 'order: the running turn goes first',
      from: "when status = 'running' then 0 when",
      to: 'when',
      only: 'LOG1|ROW2',
    },
    {
      rules: ['LOG1'],
      name: 'order: interjections before what only waits',
      from: "when mode = 'interject' then 1 ",
      to: '',
      only: 'LOG1',
    },
    {
      rules: ['LOG1', 'CTX1'],
      name: 'order: nothing goes before an open turn of its line',
      from: "if (parent.status === 'queued') return true;",
      to: '',
      only: 'LOG1|CTX1|SEND4',
    },
    {
      rules: ['LOG1'],
      name: 'order: a turn stopped before it began is passed over',
      from: "if (!parent || parent.started_at !== null) return parent?.status === 'running';",
      to: "if (!parent || parent.status !== 'queued') return parent?.status === 'running';",
      only: 'LOG1|CTX1|SEND4',
    },
  ]),
  ...guardsOf('lib/protocol/fence.ts', 'tests/protocol/fence.test.ts', [
    {
      rules: ['LOG2'],
      name: 'fence: the activity decides',
      from: 'a.activity !== b.activity ? a.activity < b.activity : ',
      to: '',
    },
    { rules: ['LOG2'], name: 'fence: then the attempt', from: 'a.attempt < b.attempt;', to: 'false;' },
    { rules: ['LOG2'], name: 'fence: across runs the step', from: 'a.step !== b.step ? a.step < b.step : ', to: '' },
    { rules: ['LOG2'], name: 'fence: then the run’s start', from: 'a.runStartedAt < b.runStartedAt;', to: 'false;' },
    {
      rules: ['LOG2'],
      name: 'fence: attempts of two runs differ',
      from: 'a.runId === b.runId && a.activity',
      to: 'a.activity',
    },
    { rules: ['LOG2'], name: 'fence: two activities differ', from: '&& a.activity === b.activity && ', to: '&& ' },
    { rules: ['LOG2'], name: 'fence: two attempts differ', from: ' && a.attempt === b.attempt', to: '' },
  ]),
];
