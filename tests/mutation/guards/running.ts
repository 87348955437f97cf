import { guardsOf } from '../guard.ts';

const WORKFLOW = 'worker/workflows/conversation.ts';

/** What a worker and its workflows keep up over a long time. */
export const runningGuards = [
  ...guardsOf('worker/activities/stream-step.ts', 'tests/worker/handover.test.ts', [
    {
      rules: ['ACT1'],
      name: 'step: one that takes long lives on in Temporal’s eyes',
      from: 'setInterval(() => context.heartbeat(), HEARTBEAT_MS)',
      to: 'setInterval(() => {}, HEARTBEAT_MS)',
      only: 'ACT1',
    },
  ]),
  ...guardsOf(WORKFLOW, 'tests/workflow/replay.test.ts', [
    {
      rules: ['WF3', 'WF7'],
      name: 'history: one timer for a whole idle hour',
      from: 'running ??= run().then(',
      to: 'running = run().then(',
      only: 'today',
    },
    {
      rules: ['WF7'],
      name: 'history: the commands of every recorded run come as they came',
      from: 'const result = await step.run(() => runStep(current));',
      to: 'await sleep(1);\n      const result = await step.run(() => runStep(current));',
      only: 'today',
    },
  ]),
  ...guardsOf('worker/main.ts', 'tests/worker/away.test.ts', [
    {
      rules: ['WRK1'],
      name: 'worker: Temporal is waited for at its start',
      from: '} catch (error) {\n      if (health.state',
      to: '} catch (error) {\n      if (health !== null) throw error;\n      if (health.state',
      only: 'WRK1',
    },
  ]),
  ...guardsOf('lib/store/submit.ts', 'tests/store/sqlite.test.ts', [
    {
      rules: ['CLK1'],
      name: 'order: it is counted, not read from a clock',
      from: 'order: conversation.next_order,',
      to: 'order: now,',
      only: 'CLK1',
    },
  ]),
];
