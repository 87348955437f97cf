import { guardsOf } from '../guard.ts';

/** What the page keeps for its reader. */
export const pageGuards = [
  ...guardsOf('app/_client/drafts.ts', 'tests/page/kept.test.ts', [
    {
      rules: ['PAGE4'],
      name: 'drafts: a tab writes over nothing but what it has seen',
      from: "const mayWrite = common === draft.seen || common === '';",
      to: 'const mayWrite = true;',
    },
    {
      rules: ['PAGE4'],
      name: 'drafts: a tab takes over nothing but what was written over its own words',
      from: 'const isUnchanged = text === draft.seen && text === before;',
      to: 'const isUnchanged = text === draft.seen;',
    },
    {
      rules: ['PAGE4'],
      name: 'drafts: words that stand apart are kept by their tab',
      from: 'if (!isOfTab(key)) keepText(',
      to: 'if (isOfTab(key)) keepText(',
    },
  ]),
  ...guardsOf('app/_client/outbox.ts', 'tests/page/outbox.test.ts', [
    {
      rules: ['PAGE4'],
      name: 'outbox: what was discarded does not come back refused',
      from: 'else if (state.get().some((sending) => sending.id === id)) {',
      to: 'else {',
    },
  ]),
  ...guardsOf('app/_client/stops.ts', 'tests/page/stops.test.ts', [
    {
      rules: ['PAGE6'],
      name: 'stops: a refusal is no reason to give a Stop up',
      from: "if (answer.ok || answer.code === 'not_found') break;",
      to: 'if (answer.ok || (answer.status >= 400 && answer.status < 429)) break;',
    },
    {
      rules: ['PAGE6'],
      name: 'stops: why a Stop was not carried out is said',
      from: 'pending.set(new Map(pending.get()).set(turnId, answer.message));',
      to: '',
    },
  ]),
  ...guardsOf('lib/store/outbox.ts', 'tests/store/sqlite.test.ts', [
    {
      rules: ['DEL2'],
      name: 'delete: instructions are erased as well',
      from: "settings: '{}', erased_at",
      to: 'erased_at',
      only: 'erased words',
    },
  ]),
  ...guardsOf('app/_client/seeking.ts', 'tests/page/seeking.test.ts', [
    {
      rules: ['PAGE5'],
      name: 'place: one of another branch is not gone for',
      from: "if (!found.isInLine) return 'other-branch';",
      to: '',
    },
    {
      rules: ['PAGE5'],
      name: 'place: what is wanted no longer is given up',
      from: 'for (let tries = 0; isWanted(); tries++) {',
      to: 'for (let tries = 0; ; tries++) {',
    },
  ]),
  ...guardsOf('lib/store/conversations.ts', 'tests/store/sqlite.test.ts', [
    {
      rules: ['GW3', 'CLK1'],
      name: 'list: its order is counted, not timed',
      from: ".orderBy('list_rev', 'desc')",
      to: ".orderBy('updated_at', 'desc')",
      only: 'however the clock jumps',
    },
    {
      rules: ['TREE3'],
      name: 'place: a turn of another conversation is none of this one’s',
      from: '|| !(await readTurnOf(tx, id, turnId))) return null;',
      to: ') return null;',
      only: 'TREE3',
    },
  ]),
];
