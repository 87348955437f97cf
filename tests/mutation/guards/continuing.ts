import { guardsOf } from '../guard.ts';

const CONTEXT = 'tests/model/context.test.ts';
const CONTINUING = 'tests/model/continuing.test.ts';

/** What a begun reply counts as, and who is asked to go on with one. */
export const continuingGuards = [
  ...guardsOf('worker/model/context.ts', CONTEXT, [
    {
      rules: ['CTX4'],
      name: 'begun: older turns make room for it',
      from: 'room = roomWithBegun;',
      to: '',
    },
    {
      rules: ['CTX4'],
      name: 'begun: where no rest is left the step begins again',
      from: 'begunTokens > 0 && tokens <= roomWithBegun',
      to: 'begunTokens > 0',
    },
    {
      rules: ['CTX4'],
      name: 'begun: an eighth stays free for its rest',
      from: 'begunTokens + model.replyTokens * REST',
      to: 'begunTokens',
    },
    {
      rules: ['MOD3'],
      name: 'call: its last user message is the prompt',
      from: 'messages.unshift(...told);',
      to: 'messages.push(...told);',
    },
  ]),
  ...guardsOf('worker/model/continues.ts', CONTINUING, [
    {
      rules: ['MOD4'],
      name: 'begun: an unknown server is sent none',
      from: 'other: false',
      to: 'other: true',
      only: 'MOD4',
    },
    {
      rules: ['MOD4'],
      name: 'begun: the environment’s word counts',
      from: "MODEL_CONTINUES === '1'",
      to: 'true',
      only: 'MOD4',
    },
  ]),
  ...guardsOf('worker/stream/model-call.ts', CONTINUING, [
    {
      rules: ['ACT11'],
      name: 'begun: in the usage it is output',
      from: 'return usage && withBegun(usage, begunTokens);',
      to: 'return usage;',
      only: 'ACT11',
    },
  ]),
];
