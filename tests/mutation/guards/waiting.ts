import { guardsOf } from '../guard.ts';

const STORE = 'tests/store/sqlite.test.ts';

/** Changes of a turn that waits, branches, settings; and what a clock that jumps may not do. */
export const waitingGuards = [
  ...guardsOf('lib/store/waiting.ts', STORE, [
    {
      rules: ['WAIT1'],
      name: 'change of a turn: only while it waits',
      from: "if (turn.status !== 'queued') {",
      to: 'if (false) {',
      only: 'WAIT1',
    },
    {
      rules: ['WAIT1'],
      name: 'change of a turn: one that holds already is answered as done',
      from: 'return holdsAlready(turn, change) ? changed(turn) :',
      to: 'return false ? changed(turn) :',
      only: 'WAIT1',
    },
    {
      rules: ['WAIT1'],
      name: 'change of a turn: it is this conversation’s',
      from: ' || turn?.conversation_id !== conversationId) {',
      to: ' || !turn) {',
      only: 'WAIT1',
    },
    {
      rules: ['WAIT2'],
      name: 'edit: the POST that made the turn still gets it',
      from: 'sent_prompt: turn.sent_prompt ?? turn.prompt, ',
      to: '',
      only: 'WAIT2',
    },
    {
      rules: ['WAIT3'],
      name: 'move: a place is one of the same line',
      from: "if (at < 0) return { kind: 'refused', code: 'bad-place' };",
      to: '',
      only: 'WAIT3',
    },
    {
      rules: ['WAIT3'],
      name: 'move: order changes with the tree',
      from: '{ parent_id: parentId, order, rev }',
      to: '{ parent_id: parentId, rev }',
      only: 'WAIT3',
    },
    {
      rules: ['WAIT3'],
      name: 'move: the tree changes with the order',
      from: '{ parent_id: parentId, order, rev }',
      to: '{ order, rev }',
      only: 'WAIT3',
    },
    {
      rules: ['WAIT4'],
      name: 'say now: it interrupts what runs',
      from: "for (const other of ended) await endTurn(tx, other, { outcome: 'interrupted', rev, now });",
      to: '',
      only: 'WAIT4',
    },
    {
      rules: ['WAIT4'],
      name: 'say now: it stands in front of its line',
      from: 'await stand(tx, line, [turn, ...line.filter((other) => other.id !== id)], rev);',
      to: '',
      only: 'WAIT4',
    },
    {
      rules: ['WAIT4'],
      name: 'say now: it clears a pause',
      from: "await tx.updateTable('conversation').set({ paused: 0 }).where('id', '=', conversationId).execute();",
      to: '',
      only: 'WAIT4',
    },
    {
      rules: ['WAIT4'],
      name: 'say now: the outbox tells of it',
      from: 'signal_due_at: now + SIGNAL_GRACE_MS, rev }',
      to: 'rev }',
      only: 'WAIT4',
    },
  ]),
  ...guardsOf('lib/store/conversations.ts', STORE, [
    {
      rules: ['TREE1'],
      name: 'branches: what was taken back before it began is none',
      from: ".where(wasSaid)\n    .orderBy('order')",
      to: ".orderBy('order')",
      only: 'TREE1',
    },
    {
      rules: ['TREE2'],
      name: 'branches: choosing a turn chooses its newest leaf',
      from: 'head: await newestLeaf(tx, id, change.head)',
      to: 'head: change.head',
      only: 'TREE2',
    },
    {
      rules: ['TREE2'],
      name: 'branches: what was taken back before it began is no leaf',
      from: ".where(wasSaid)\n      .orderBy('order', 'desc')",
      to: ".orderBy('order', 'desc')",
      only: 'TREE2',
    },
    {
      rules: ['SET1'],
      name: 'settings: those that are not named stay',
      from: '{ ...known, ...change }',
      to: 'change',
      only: 'SET1',
    },
    {
      rules: ['SET1'],
      name: 'settings: null takes one back',
      from: '.filter(([, value]) => value != null)',
      to: '',
      only: 'SET1',
    },
  ]),
  ...guardsOf('lib/store/submit.ts', STORE, [
    {
      rules: ['SET1', 'SEND2'],
      name: 'settings: the same POST carries the same',
      from: ', ...(settings && { settings }) });',
      to: ' });',
      only: 'SET1',
    },
  ]),
  ...guardsOf('lib/store/opening.ts', STORE, [
    {
      rules: ['SET1'],
      name: 'settings: a turn says which model it was begun with',
      from: 'turn.settings.model ?? request.model',
      to: 'request.model',
      only: 'SET1',
    },
    {
      rules: ['CLK2', 'LOG9'],
      name: 'clock: a dead run’s fence lapses after a jump back',
      from: '(now - turn.alive_at > TIMES.silentMs || isBeforeJump(turn.alive_at, now))',
      to: 'now - turn.alive_at > TIMES.silentMs',
      only: 'CLK2',
    },
  ]),
  ...guardsOf('lib/store/interjection.ts', STORE, [
    {
      rules: ['CLK2', 'IJ3'],
      name: 'clock: an interjection from before a jump back is spared',
      from: ' || isBeforeJump(created_at, now)',
      to: '',
      only: 'CLK2',
    },
  ]),
  ...guardsOf('lib/store/outbox.ts', STORE, [
    {
      rules: ['CLK2', 'OB1'],
      name: 'clock: a signal is due after a jump back',
      from: "eb(eb.fn.coalesce('turn.signalled_at', 'turn.created_at'), '>', now + TIMES.clockBackMs),",
      to: '',
      only: 'CLK2',
    },
    {
      rules: ['CLK2', 'OB2'],
      name: 'clock: an orphan is found after a jump back',
      from: "eb('turn.alive_at', '>', now + TIMES.clockBackMs),",
      to: '',
      only: 'CLK2',
    },
    {
      rules: ['CLK2', 'OB3'],
      name: 'clock: a Stop is told after a jump back',
      from: "eb.or([eb('ended_at', '<=', now - STOP_GRACE_MS), eb('ended_at', '>', now + TIMES.clockBackMs)]),",
      to: "eb('ended_at', '<=', now - STOP_GRACE_MS),",
      only: 'CLK2',
    },
  ]),
];
