import { randomUUID } from 'node:crypto';
import { isOutcome } from '#lib/protocol/turn.ts';
import { openStore } from '#lib/store/store.ts';
import { startStep, text, textStart } from '#tests/protocol/events.ts';
import { Attempt, fenceOf } from './attempt.ts';

/*
 * One of several processes that send, open, write and complete turns of one conversation as fast as they can.
 * Prints a line of JSON for each thing that the store has answered.
 */

const [conversationId = '', name = '', turns = ''] = process.argv.slice(2);
const store = openStore({ dataDir: process.env.DATA_DIR ?? '', durable: false });
const print = (fact: object) => console.log(JSON.stringify(fact));
const runStartedAt = Date.now();
let activity = 0;

for (let n = 1; n <= Number(turns); n++) {
  const id = randomUUID();
  const mode = n % 5 === 0 ? 'interject' : 'queue';
  const answer = await store.submit(conversationId, { id, prompt: `${name} ${n}`, mode });
  if (answer.kind === 'refused') throw new Error(answer.code);
  print({ sent: id, rev: answer.turn.rev, ended: answer.ended });
  while (!(await hasEnded(id))) await drive(id);
}
await store.close();

async function hasEnded(id: string): Promise<boolean> {
  return (await store.log.endedAmong([id])).has(id);
}

/** Runs the turn, or the one that goes first. */
async function drive(turnId: string): Promise<void> {
  const fence = fenceOf({ runId: name, runStartedAt, activity: ++activity });
  const request = { turnId, step: 0, fence, taskToken: name, owner: name, model: name };
  const answer = await store.log.open(request);
  if (answer.kind === 'behind') return drive(answer.turnId);
  if (answer.kind !== 'opened') return;
  const attempt = new Attempt(store, turnId, fence, answer.reply);
  if (attempt.seq === 0 && !(await append(attempt, [startStep(), textStart()]))) return;
  for (let n = 0; n < 6; n++) {
    const word = ` ${name}.${fence.activity}.${n}`;
    if (!(await append(attempt, [text(word)]))) return;
    print({ turnId, seq: attempt.seq, word });
  }
  await attempt.complete();
}

/** Whether it was taken; what else may happen here is that another process has taken the turn, or ended it. */
async function append(attempt: Attempt, events: Parameters<Attempt['append']>[0]): Promise<boolean> {
  const answer = await attempt.append(events);
  if (answer.kind !== 'ok' && answer.kind !== 'fenced' && !(answer.kind === 'ended' && isOutcome(answer.outcome))) {
    throw new Error(`append answered ${JSON.stringify(answer)}`);
  }
  return answer.kind === 'ok';
}
