import { guardsOf } from '../guard.ts';

const WORKER = 'tests/worker/logs.test.ts';

/** What a line of the log has, and what it never has. */
export const logGuards = [
  ...guardsOf('lib/log.ts', 'tests/log/log.test.ts', [
    {
      rules: ['OBS3'],
      name: 'log: no field that a library hung on an error',
      from: 'serializers: { err: described },',
      to: '',
    },
    {
      rules: ['OBS3'],
      name: 'log: what was thrown and is no error is not written out',
      from: 'return { type: typeof error };',
      to: 'return error;',
    },
    {
      rules: ['OBS3'],
      name: 'log: nor what a cause has beside its words',
      from: '{ cause: described(cause) }',
      to: '{ cause: { ...cause } }',
    },
  ]),
  ...guardsOf('worker/activities/stream-step.ts', WORKER, [
    {
      rules: ['OBS2'],
      name: 'log: a line about an attempt names it',
      from: 'deps.log.child({ conversationId, turnId, step, attempt })',
      to: 'deps.log.child({ conversationId, turnId })',
      only: 'OBS2. .OBS3. one line each',
    },
    {
      rules: ['OBS1'],
      name: 'log: a handover is said',
      from: "log.info('handover: this worker shuts down, and the next one goes on with the step');",
      to: '',
      only: 'handover and continuation',
    },
    {
      rules: ['OBS1'],
      name: 'log: a pause is said',
      from: "log.info('the conversation is paused; the turn waits for its user');",
      to: '',
      only: 'handover and continuation',
    },
    {
      rules: ['OBS1'],
      name: 'log: an adoption is said',
      from: "log.info('adopted the stream that an earlier attempt left running; nothing begins again');",
      to: '',
      only: 'adopted, overtaken',
    },
  ]),
  ...guardsOf('worker/stream/model-call.ts', WORKER, [
    {
      rules: ['OBS1'],
      name: 'log: a continuation is said',
      from: "stream.log.info({ length: begun.text.length }, 'the step is continued where its text ends; viewers see it go on');",
      to: '',
      only: 'handover and continuation',
    },
    {
      rules: ['OBS1'],
      name: 'log: a reset is said',
      from: "stream.log.info('the step begins again; what the attempt before it wrote is dropped');",
      to: '',
      only: 'OBS2. .OBS3. one line each',
    },
  ]),
  ...guardsOf('worker/stream/live-stream.ts', WORKER, [
    {
      rules: ['OBS1'],
      name: 'log: the end of a turn is said',
      from: "log.info({ outcome: result.outcome }, 'the turn was ended; its model call is over, and what it wrote stays');",
      to: '{}',
      only: 'OBS2. .OBS3. one line each',
    },
  ]),
  ...guardsOf('worker/outbox.ts', WORKER, [
    {
      rules: ['OBS1'],
      name: 'log: the outbox’s signal is said',
      from: "about.info('the outbox signalled the turn, as nobody had or nothing came of it; its workflow runs it');",
      to: '',
      only: 'adopted, overtaken',
    },
    {
      rules: ['OBS2'],
      name: 'log: a line that is about no attempt says so',
      from: 'turnId, ...NO_ATTEMPT });',
      to: 'turnId });',
      only: 'adopted, overtaken',
    },
  ]),
];
