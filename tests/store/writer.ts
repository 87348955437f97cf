import { randomUUID } from 'node:crypto';
import { openStore } from '#lib/store/store.ts';
import { resetStep, startStep, text, textStart } from '#tests/protocol/events.ts';
import { Attempt, fenceOf } from './attempt.ts';

/*
 * Writes to one turn until it is killed, and sends now and then. Each line is printed after the store has answered,
 * so all that was printed must be there afterwards.
 */

const [conversationId = '', turnId = '', number = ''] = process.argv.slice(2);
const store = openStore({ dataDir: process.env.DATA_DIR ?? '', durable: true });
const fence = fenceOf({ attempt: Number(number) });
const answer = await store.log.open({ turnId, step: 0, fence, taskToken: 't', owner: 'o', model: 'm' });
if (answer.kind !== 'opened') throw new Error(`open answered ${JSON.stringify(answer)}`);
const attempt = new Attempt(store, turnId, fence, answer.reply);
await attempt.write(attempt.seq === 0 ? startStep() : resetStep(), textStart());

for (let n = 0; ; n++) {
  await attempt.write(text(` ${number}.${n}`));
  console.log(JSON.stringify({ word: n, seq: attempt.seq }));
  if (n % 20 !== 10 || n > 100) continue;
  const id = randomUUID();
  const sent = await store.submit(conversationId, { id, prompt: `${number} ${n}`, mode: 'queue' });
  console.log(JSON.stringify({ sent: id, kind: sent.kind }));
}
