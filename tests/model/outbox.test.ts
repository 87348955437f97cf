import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { v7 } from 'uuid';
import { expect, onTestFinished, test } from 'vitest';
import { migrate } from '#lib/store/migrate.ts';
import { openStore } from '#lib/store/store.ts';
import type { TemporalClient } from '#lib/temporal/client.ts';
import { runOutbox } from '#worker/outbox.ts';

/** Five waiting turns whose signals are due, and a Stop; so many rounds of the outbox tell a Temporal that answers so. */
async function roundsOf(rounds: number, answer: (turnId: string) => void) {
  const dataDir = await mkdtemp(join(tmpdir(), 'parley-outbox-'));
  await migrate(dataDir);
  let now = Date.now();
  const store = openStore({ dataDir, durable: false, now: () => now });
  onTestFinished(async () => {
    await store.close();
    await rm(dataDir, { recursive: true, force: true });
  });
  for (let n = 0; n < 5; n++) await store.submit(v7(), { id: v7(), prompt: 'x', mode: 'queue' });
  const stopped = v7();
  await store.submit(v7(), { id: stopped, prompt: 'x', mode: 'queue' });
  await store.outbox.signalled(stopped);
  await store.log.end(stopped, 'stopped');
  now += 10_000;
  const ending = new AbortController();
  let told = 0;
  let round = 0;
  const temporal: Pick<TemporalClient, 'requestTurn' | 'requestStop'> = {
    async requestTurn(_conversationId, { turnId }) {
      told++;
      answer(turnId);
    },
    async requestStop(_conversationId, { turnId }) {
      answer(turnId);
    },
  };
  const { dueSignals } = store.outbox;
  store.outbox.dueSignals = () => {
    if (++round === rounds) ending.abort(); // this round is the last
    return dueSignals();
  };
  await runOutbox(store, temporal as TemporalClient, pino({ level: 'silent' }), ending.signal);
  const { dueStops } = store.outbox;
  return { told, due: (await store.outbox.dueSignals()).length, stops: (await dueStops()).length };
}

test('[OB1] each signal that Temporal takes is noted as taken', async () => {
  expect(await roundsOf(1, () => {})).toEqual({ told: 5, due: 0, stops: 0 });
});

test('[OB1] a round ends where Temporal is away: each signal more would wait its whole deadline', async () => {
  const away = () => {
    throw new Error('away');
  };
  expect(await roundsOf(1, away)).toEqual({ told: 2, due: 5, stops: 1 });
});

test('[OB1] [OB3] two signals that Temporal refuses for good hold up no other, and no Stop', async () => {
  const refused = new Set<string>();
  const answer = (turnId: string) => {
    if (refused.size < 2) refused.add(turnId);
    if (refused.has(turnId)) throw new Error('refused');
  };
  expect(await roundsOf(2, answer)).toEqual({ told: 2 + 5, due: 2, stops: 0 });
});
