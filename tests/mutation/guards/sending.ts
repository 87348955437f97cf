import { guardsOf, type Guard } from '../guard.ts';

const STORE = 'tests/store/sqlite.test.ts';

const oneAfterTheOther: Guard = {
  rules: ['ROW1'],
  name: 'writes go one after the other: the first statement takes the lock, and SQLite’s transactions begin with one',
  by: STORE,
  only: 'ROW1|LOG3',
  edits: [
    {
      file: 'lib/store/locks.ts',
      from: `return tx
    .updateTable('conversation')
    .set((eb) => ({ rev: eb.ref('rev') }))
    .where('id', '=', id)
    .returningAll()`,
      to: `return tx
    .selectFrom('conversation')
    .where('id', '=', id)
    .selectAll()`,
    },
    { file: 'lib/store/sqlite.ts', from: "'begin immediate'", to: "'begin'" },
  ],
};

const outboxSkipsDeleted: Guard = {
  rules: ['DEL1'],
  name: 'outbox: skips a deleted conversation, whose turns have ended anyway',
  by: STORE,
  only: 'DEL1. the outbox',
  edits: [
    { file: 'lib/store/outbox.ts', from: ".where('conversation.deleted_at', 'is', null)", to: '' },
    {
      file: 'lib/store/conversations.ts',
      from: "for (const turn of open) await endTurn(tx, turn, { outcome: 'stopped', rev, now });",
      to: '',
    },
  ],
};

/** What a send, an interjection, a Stop and a delete do in their one transaction. */
export const sendingGuards = [
  oneAfterTheOther,
  outboxSkipsDeleted,
  ...guardsOf('lib/store/locks.ts', STORE, [
    {
      rules: ['ROW1'],
      name: 'each change gets the next rev',
      from: `export async function nextRev(tx: Tx, conversationId: string): Promise<number> {
  const { rev } = await tx
    .updateTable('conversation')
    .set((eb) => ({ rev: eb('rev', '+', 1) }))`,
      to: `export async function nextRev(tx: Tx, conversationId: string): Promise<number> {
  const { rev } = await tx
    .updateTable('conversation')
    .set((eb) => ({ rev: eb.ref('rev') }))`,
      only: 'ROW1',
    },
    {
      rules: ['GW3'],
      name: 'each change of the list gets its next revision',
      from: `.updateTable('conversation_list')
    .set((eb) => ({ rev: eb('rev', '+', 1) }))`,
      to: `.updateTable('conversation_list')
    .set((eb) => ({ rev: eb.ref('rev') }))`,
      only: 'GW3',
    },
  ]),
  ...guardsOf('lib/store/sqlite.ts', STORE, [
    {
      rules: ['SEND1'],
      name: 'a write waits for another process’s lock',
      from: 'if (!isBusy(error)) throw error;',
      to: 'throw error;',
      only: 'SEND1',
    },
  ]),
  ...guardsOf('lib/store/migrations/0001-first.ts', STORE, [
    {
      rules: ['ROW2'],
      name: 'an index refuses a second running turn',
      from: 'create unique index turn_running',
      to: 'create index turn_running',
      only: 'an index refuses',
    },
  ]),
  ...guardsOf('lib/store/submit.ts', STORE, [
    {
      rules: ['SEND2'],
      name: 'send: the same id is one turn',
      from: 'if (known) return sameAgain(tx, known, conversationId, command);',
      to: '',
      only: 'SEND2',
    },
    {
      rules: ['SEND2'],
      name: 'send: another conversation is a conflict',
      from: 'known.conversation_id === conversationId &&\n',
      to: '',
      only: 'SEND2',
    },
    {
      rules: ['SEND2'],
      name: 'send: another prompt is a conflict',
      from: '(known.sent_prompt ?? known.prompt) === command.prompt &&',
      to: '',
      only: 'SEND2',
    },
    {
      rules: ['SEND2'],
      name: 'send: another mode is a conflict',
      from: 'JSON.stringify({ mode, ...',
      to: 'JSON.stringify({ ...',
      only: 'SEND2',
    },
    {
      rules: ['SEND2'],
      name: 'send: another parent is a conflict',
      from: '...(parentId !== undefined && { parentId }), ...(settings',
      to: '...(settings',
      only: 'SEND2',
    },
    {
      rules: ['SEND2'],
      name: 'send: the same POST names the same turns that it ended',
      from: 'ended: endedTurnsOf(known)',
      to: 'ended: []',
      only: 'SEND2|IJ1',
    },
    {
      rules: ['SEND3'],
      name: 'send: a deleted conversation refuses',
      from: "if (existing && existing.deleted_at !== null) return { kind: 'refused', code: 'deleted' };",
      to: '',
      only: 'SEND3',
    },
    {
      rules: ['SEND3'],
      name: 'send: twenty may wait',
      from: '.length >= LIMITS.waitingTurns',
      to: '.length < 0',
      only: 'SEND3',
    },
    {
      rules: ['SEND3'],
      name: 'send: the parent is of this conversation',
      from: 'turn?.conversation_id === conversationId && isOutcome(turn.status)',
      to: 'turn !== undefined && isOutcome(turn.status)',
      only: 'SEND3',
    },
    {
      rules: ['SEND3'],
      name: 'send: the parent has ended',
      from: 'turn?.conversation_id === conversationId && isOutcome(turn.status)',
      to: 'turn?.conversation_id === conversationId',
      only: 'SEND3',
    },
    {
      rules: ['LOG1', 'ROW1'],
      name: 'send: each turn has an order of its own',
      from: 'next_order: conversation.next_order + 1',
      to: 'next_order: conversation.next_order',
      only: 'LOG1|ROW1|SEND4',
    },
    {
      rules: ['SEND5'],
      name: 'send: clears a pause',
      from: '...(!stopped && { paused: 0 }),',
      to: '',
      only: 'SEND5',
    },
    {
      rules: ['SEND5', 'STOP4'],
      name: 'tombstone: clears no pause',
      from: '...(!stopped && { paused: 0 }),',
      to: 'paused: 0,',
      only: 'SEND5|STOP4',
    },
    {
      rules: ['STOP4'],
      name: 'tombstone: interrupts nothing',
      from: "command.mode === 'interject' && !stopped ?",
      to: "command.mode === 'interject' ?",
      only: 'STOP4',
    },
    {
      rules: ['STOP4'],
      name: 'tombstone: signals nothing',
      from: 'signal: !stopped };',
      to: 'signal: true };',
      only: 'STOP4',
    },
    {
      rules: ['STOP4'],
      name: 'tombstone: the turn begins stopped',
      from: 'if (stopped) turn = await endTurn',
      to: 'if (false) turn = await endTurn',
      only: 'STOP4',
    },
  ]),
  ...guardsOf('lib/store/interjection.ts', STORE, [
    {
      rules: ['IJ1'],
      name: 'interject: ends the running turn',
      from: "return [...open.filter((turn) => turn.status === 'running'), ...waiting];",
      to: 'return waiting;',
      only: 'IJ1',
    },
    {
      rules: ['IJ1'],
      name: 'interject: ends interjections that wait',
      from: "return [...open.filter((turn) => turn.status === 'running'), ...waiting];",
      to: "return open.filter((turn) => turn.status === 'running');",
      only: 'IJ1',
    },
    {
      rules: ['IJ2'],
      name: 'interject: spares what only waits',
      from: "turn.mode === 'interject' && !spared(turn)",
      to: '!spared(turn)',
      only: 'IJ2',
    },
    {
      rules: ['IJ3'],
      name: 'interject: spares one that has waited 2 s',
      from: ' && !spared(turn)',
      to: '',
      only: 'IJ3',
    },
    {
      rules: ['IJ3'],
      name: 'interject: spares none while a turn runs',
      from: '!runs && hasWaited(turn)',
      to: 'hasWaited(turn)',
      only: 'IJ3',
    },
  ]),
  ...guardsOf('lib/store/place.ts', STORE, [
    {
      rules: ['SEND4'],
      name: 'a retry takes over what waits behind the failed turn',
      from: 'takesOver: await waitingBehind(tx, conversation.id, ids) };\n  }\n  const last',
      to: 'takesOver: [] };\n  }\n  const last',
      only: 'SEND4',
    },
    {
      rules: ['SEND4', 'IJ2'],
      name: 'an interjection takes over what waits behind the turns it ends',
      from: 'parentId: last.id, takesOver: await waitingBehind(tx, conversation.id, ids)',
      to: 'parentId: last.id, takesOver: []',
      only: 'SEND4|IJ2',
    },
    {
      rules: ['IJ2'],
      name: 'an interjection stands before what only waits',
      from: 'if (next) return { parentId: next.parent_id, takesOver: [next.id] };',
      to: '',
      only: 'IJ2',
    },
    {
      rules: ['IJ1'],
      name: 'an interjection never becomes its own ancestor',
      from: 'if (!(await standsBehindOpen(tx, turn.parent_id))) return turn;',
      to: 'return turn;',
      only: 'IJ1',
    },
    {
      rules: ['SEND4'],
      name: 'the head stays the leaf where turns follow the new one',
      from: 'if (takesOver.length === 0) return turnId;',
      to: 'return turnId;',
      only: 'SEND4|IJ2',
    },
  ]),
  ...guardsOf('lib/store/conversations.ts', STORE, [
    {
      rules: ['ROW3', 'STOP1'],
      name: 'stop: the first outcome stands',
      from: 'if (isOutcome(turn.status)) return { turn: turnOf(turn), signal: false };',
      to: '',
      only: 'ROW3|STOP1',
    },
    {
      rules: ['STOP1'],
      name: 'stop: a turn of another conversation is not there',
      from: ' || (turn && turn.conversation_id !== conversationId)',
      to: '',
      only: 'STOP1',
    },
    {
      rules: ['DEL1'],
      name: 'stop: a deleted conversation is not there',
      from: 'if (isDeleted || ',
      to: 'if (',
      only: 'DEL1',
    },
    {
      rules: ['STOP4'],
      name: 'stop: of an unknown turn leaves a tombstone',
      from: `await tx
            .insertInto('tombstone')
            .values({ turn_id: turnId, conversation_id: conversationId, created_at: now })
            .onConflict((conflict) => conflict.column('turn_id').doNothing())
            .execute();`,
      to: '',
      only: 'STOP4',
    },
    {
      rules: ['DEL1'],
      name: 'change: a deleted conversation is not there',
      from: 'if (!known || known.deleted_at !== null) return null;\n        if (change',
      to: 'if (!known) return null;\n        if (change',
      only: 'a change finds nothing',
    },
    {
      rules: ['SEND4'],
      name: 'change: a head is a turn of the conversation',
      from: "if (change.head !== undefined && !(await readTurnOf(tx, id, change.head))) return 'bad-head';",
      to: '',
      only: 'a head must be',
    },
    {
      rules: ['DEL1'],
      name: 'delete: ends its turns',
      from: "for (const turn of open) await endTurn(tx, turn, { outcome: 'stopped', rev, now });",
      to: '',
      only: 'DEL1',
    },
    {
      rules: ['DEL1', 'GW3'],
      name: 'delete: the list is told',
      from: '.set({ deleted_at: now, list_rev: await nextListRev(tx) })',
      to: '.set({ deleted_at: now })',
      only: 'DEL1|GW3',
    },
    {
      rules: ['DEL2'],
      name: 'delete: again is no new delete',
      from: 'if (known.deleted_at !== null) return true;',
      to: '',
      only: 'DEL',
    },
    {
      rules: ['DEL2'],
      name: 'restore: for 30 s',
      from: ' || db.now() - known.deleted_at > TIMES.restoreMs',
      to: '',
      only: 'DEL2',
    },
    {
      rules: ['DEL2'],
      name: 'restore: not once its words are erased',
      from: 'known.erased_at !== null || ',
      to: '',
      only: 'DEL2',
    },
    {
      rules: ['DEL2', 'GW3'],
      name: 'restore: the list is told',
      from: 'rev: await nextRev(tx, id), list_rev: await nextListRev(tx) })',
      to: 'rev: await nextRev(tx, id) })',
      only: 'DEL|GW3',
    },
  ]),
  ...guardsOf('lib/store/outbox.ts', STORE, [
    {
      rules: ['OB1'],
      name: 'outbox: a signal that was not taken is due',
      from: "eb.and([eb('turn.status', '=', 'queued'), eb('conversation.paused', '=', 0), isDue]),",
      to: '',
      only: 'OB1',
    },
    {
      rules: ['ACT8'],
      name: 'outbox: leaves a paused conversation to its user',
      from: "eb('conversation.paused', '=', 0), ",
      to: '',
      only: 'ACT8',
    },
    {
      rules: ['OB1'],
      name: 'outbox: a signal that was taken is not due at once',
      from: 'signal_due_at: now + SIGNAL_AGAIN_MS * 2 ** Math.min(turn.signals, 10),',
      to: '',
      only: 'OB1',
    },
    {
      rules: ['OB1'],
      name: 'outbox: doubled each time',
      from: ' * 2 ** Math.min(turn.signals, 10)',
      to: '',
      only: 'OB1',
    },
    {
      rules: ['OB2'],
      name: 'outbox: a silent running turn is due',
      from: "eb('turn.alive_at', '<', now - TIMES.silentMs),",
      to: "eb('turn.alive_at', '<', 0),",
      only: 'OB2',
    },
    {
      rules: ['OB2'],
      name: 'outbox: one that lives is not due',
      from: "eb('turn.alive_at', '<', now - TIMES.silentMs),",
      to: '',
      only: 'OB2',
    },
    {
      rules: ['OB2'],
      name: 'outbox: each silence is told of at once',
      from: 'eb.or([isDue, isNews])',
      to: 'isDue',
      only: 'OB2',
    },
    {
      rules: ['OB3'],
      name: 'outbox: a Stop that was told is not due',
      from: "await tx.updateTable('turn').set({ stop_due: 0 }).where('id', 'in', turnIds).execute();",
      to: '',
      only: 'OB3',
    },
    {
      rules: ['LOG8'],
      name: 'sweep: events stay for 60 s',
      from: ".where('ended_at', '<', now - TIMES.eventsKeptMs)",
      to: ".where('ended_at', '<=', now)",
      only: 'LOG8',
    },
    {
      rules: ['LOG8'],
      name: 'sweep: then they go',
      from: "await tx.deleteFrom('event').where('turn_id', 'in', late).execute();",
      to: '',
      only: 'LOG8',
    },
    {
      rules: ['STOP4'],
      name: 'sweep: a tombstone stays for an hour',
      from: ".where('created_at', '<', now - TIMES.tombstoneKeptMs)",
      to: ".where('created_at', '<=', now)",
      only: 'STOP4',
    },
    {
      rules: ['STOP4'],
      name: 'sweep: then it goes',
      from: ".where('created_at', '<', now - TIMES.tombstoneKeptMs)",
      to: ".where('created_at', '<', 0)",
      only: 'STOP4',
    },
    {
      rules: ['DEL2'],
      name: 'sweep: words of a deleted conversation stay while it can be restored',
      from: ".where('deleted_at', '<', now - TIMES.restoreMs)",
      to: ".where('deleted_at', '<=', now)",
      only: 'DEL2',
    },
    {
      rules: ['DEL2'],
      name: 'sweep: then they are erased',
      from: "await tx.deleteFrom('turn').where('conversation_id', 'in', ids).execute();",
      to: '',
      only: 'DEL2',
    },
  ]),
];
