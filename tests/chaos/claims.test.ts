import { expect, test } from 'vitest';
import type { Call } from '#tests/support/call-log.ts';
import { expectedReply } from '#tests/support/scenario-options.ts';
import { turn } from '#tests/page/fakes.ts';
import { lineOfTurns, wrongIn, type Facts } from './claims.ts';
import type { Fault } from './faults.ts';
import type { Moment } from './recorded-page.ts';

const [FIRST, SECOND] = ['scenario:steady tokens=8 vary=1 (first)', 'scenario:endless vary=1 (second)'];
const whole = (nth: number) => expectedReply(FIRST, { nth });
const cut = expectedReply(SECOND, { tokens: 5 });

const call = (prompt: string, n: number, nth: number, fields: Partial<Call> = {}): Call => ({
  n,
  nth,
  at: n * 10_000,
  api: 'chat',
  scenario: '',
  prompt,
  body: { model: 'scripted', messages: [{ role: 'user', content: prompt }] },
  headers: {},
  status: 200,
  held: false,
  firstTokenAt: null,
  tokensSent: 0,
  textSent: '',
  thoughtsSent: 0,
  endedBy: 'finish',
  closedAt: null,
  ...fields,
});

const moment = (turnId: string, status: string, text: string, isTrouble = false): Moment => ({
  at: 0,
  turnId,
  status,
  text,
  isTrouble,
});

/** A worker was killed in the first turn, and the second one was stopped: all as it must be. */
function right(): Facts {
  const turns = [
    turn('1', { prompt: FIRST, status: 'completed', reply: whole(2) }),
    turn('2', { prompt: SECOND, status: 'stopped', reply: cut, startedAt: '2026-01-01T00:00:00.000Z' }),
  ];
  const context = [
    { role: 'user', content: FIRST },
    { role: 'assistant', content: whole(2) },
    { role: 'user', content: SECOND },
  ];
  const killed: Fault = {
    what: 'worker',
    how: 'SIGKILL',
    pid: 1,
    at: 15_000,
    overAt: 16_000,
    replacedBy: 2,
    endsStreams: true,
  };
  return {
    sent: new Map([
      [FIRST, 'completed'],
      [SECOND, 'stopped'],
    ]),
    turns,
    told: [{ by: 'page 1', line: lineOfTurns(turns) }],
    shown: [
      {
        by: 'page 1',
        moments: [
          moment('1', 'sending', ''),
          moment('1', 'running', whole(1).slice(0, 9)),
          moment('1', 'running', whole(2).slice(0, 4)),
          moment('1', 'completed', whole(2)),
          moment('2', 'running', cut.slice(0, 6)),
          moment('2', 'stopped', cut),
        ],
      },
    ],
    statuses: new Map([['1', ['queued', 'running', 'completed', 'completed']]]),
    tries: new Map([['1', 0]]),
    calls: [
      call(FIRST, 1, 1, { textSent: whole(1).slice(0, 20), endedBy: 'client' }),
      call(FIRST, 2, 2, { textSent: whole(2) }),
      call(SECOND, 3, 1, {
        textSent: `${cut} more`,
        endedBy: 'client',
        body: { model: 'scripted', messages: context },
      }),
    ],
    faults: [killed],
    history: `streamStep 1 2`,
  };
}

test('nothing is wrong with what is right', () => {
  expect(wrongIn(right())).toEqual([]);
});

const of = <T>(list: readonly T[], at: number): T => list[at]!;
const SLIPS: [string, (facts: Facts) => unknown, RegExp][] = [
  ['a message is lost', (facts) => facts.turns.pop(), /sent .*kept/],
  ['a message is doubled', (facts) => facts.turns.push(of(facts.turns, 1)), /sent .*kept/],
  ['a turn has no outcome', ({ turns }) => (of(turns, 0).status = 'running'), /no outcome/],
  ['a turn ends otherwise', ({ turns }) => (of(turns, 0).status = 'failed'), /is failed, not completed/],
  ['a whole reply lacks its end', ({ turns }) => (of(turns, 0).reply = whole(2).slice(0, -1)), /no whole reply/],
  ['two attempts are mixed', ({ turns }) => (of(turns, 0).reply = whole(1).slice(0, 9) + whole(2)), /no call sent/],
  ['a stopped reply is longer than what was sent', ({ turns }) => (of(turns, 1).reply = `${cut} x`), /no call sent/],
  ['a page shows another text', ({ told }) => (of(of(told, 0).line, 1).reply = 'x'), /tells another line/],
  [
    'a page shows another order',
    ({ told }) => (of(told, 0).line = of(told, 0).line.toReversed()),
    /tells another line/,
  ],
  ['the model was asked again without a fault', (facts) => (facts.faults = []), /without a cause/],
  [
    'one fault cost two calls',
    ({ calls }) => calls.push(call(FIRST, 4, 3, { at: 20_001, textSent: whole(3), endedBy: 'client' })),
    /3 times, for 1 faults/,
  ],
  [
    'the fault came after the second call',
    ({ faults }) => Object.assign(of(faults, 0), { at: 25_000, overAt: null }),
    /without a cause/,
  ],
  ['the fault was no stream’s end', ({ faults }) => (of(faults, 0).endsStreams = false), /without a cause/],
  ['the context lacks a turn', ({ calls }) => of(calls, 2).body.messages.splice(0, 2), /wrong context/],
  ['two prompts stand together', ({ calls }) => of(calls, 2).body.messages.splice(1, 1), /wrong context/],
  [
    'the context has a reply of another attempt',
    ({ calls }) => (of(of(calls, 2).body.messages, 1).content = whole(1)),
    /wrong context/,
  ],
  [
    'a page showed text of nobody',
    ({ shown }) => of(shown, 0).moments.splice(1, 0, moment('1', 'running', 'Xyz')),
    /no call sent/,
  ],
  [
    'a page began again too often',
    ({ shown }) => of(shown, 0).moments.splice(3, 0, moment('1', 'running', '')),
    /2 beginnings more/,
  ],
  [
    'text grew after a Stop',
    ({ shown }) => of(shown, 0).moments.push(moment('2', 'stopped', expectedReply(SECOND, { tokens: 6 }))),
    /after its end/,
  ],
  [
    'a turn changed its outcome on a page',
    ({ shown }) =>
      of(shown, 0).moments.splice(4, 0, moment('1', 'completed', whole(2)), moment('1', 'running', whole(2))),
    /after its end/,
  ],
  ['a page showed an error', ({ shown }) => (of(of(shown, 0).moments, 1).isTrouble = true), /an error/],
  ['a socket was told of two outcomes', ({ statuses }) => statuses.get('1')!.push('stopped'), /\[ROW3\]/],
  ['a try was counted', (facts) => (facts.tries = new Map([['1', 1]])), /\[LOG10\]/],
  ['a word is in the history', (facts) => (facts.history += whole(2)), /\[WF3\]/],
];

test.each(SLIPS)('it is noticed when %s', (_, slip, words) => {
  const facts = right();
  slip(facts);
  expect(wrongIn(facts).join('\n')).toMatch(words);
});
