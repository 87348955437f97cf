import { v7 } from 'uuid';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { beginTurn, startRunningGateway, type RunningGateway } from '#tests/support/running-gateway.ts';
import { openViewer, type ViewerOptions } from '#tests/support/viewer.ts';
import { until } from '#tests/support/until.ts';

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startRunningGateway();
});
afterAll(() => gateway.close());

async function viewer(conversationId: string, options: Omit<ViewerOptions, 'port' | 'conversationId'> = {}) {
  const opened = await openViewer({ port: gateway.port, conversationId, ...options });
  onTestFinished(() => opened.close());
  return opened;
}
const words = (count: number, from = 0) => Array.from({ length: count }, (_, at) => `word${from + at} `);

test('[VIEW2] a subscribe is answered with one snapshot, also of a conversation that does not exist yet', async () => {
  const conversationId = v7();
  const early = await viewer(conversationId);
  expect(early.asked[0]!.answer).toMatchObject({ conversation: { id: conversationId, rev: 0 }, turns: [], live: null });
  const turn = await beginTurn(gateway, conversationId, 'Hello.');
  turn.write('Good morning.');
  await turn.complete();
  const late = await viewer(conversationId);
  expect(late.asked).toHaveLength(1);
  expect(late.asked[0]!.answer).toMatchObject({
    turns: [{ id: turn.turnId, prompt: 'Hello.', reply: 'Good morning.', status: 'completed' }],
    live: null,
  });
  await early.until(() => early.textOf(turn.turnId) === 'Good morning.' && early.view().live === null);
});

test('[LOG5] text grows before every viewer’s eyes, and nobody sees what the store does not hold', async () => {
  const conversationId = v7();
  const viewers = [await viewer(conversationId), await viewer(conversationId)];
  const turn = await beginTurn(gateway, conversationId);
  let whole = '';
  for (const word of words(40)) {
    turn.write(word);
    whole += word;
    await turn.flushed();
    for (const one of viewers) await one.until(() => one.textOf(turn.turnId) === whole);
    expect((await gateway.store.turn(turn.turnId))?.reply).toBe(whole);
  }
  await turn.complete();
  for (const one of viewers) {
    await one.until(() => one.view().turns.get(turn.turnId)?.status === 'completed');
    expect(one.textOf(turn.turnId)).toBe(whole);
    // All by pushes: nothing was a gap, so nothing was asked for again.
    expect(one.asked).toHaveLength(1);
  }
});

test('[VIEW4] who joins in the middle gets what is there, then goes on with each event once', async () => {
  const conversationId = v7();
  const turn = await beginTurn(gateway, conversationId);
  words(100).forEach(turn.write);
  await turn.flushed();
  const joined = await viewer(conversationId);
  expect(joined.textOf(turn.turnId)).toBe(words(100).join(''));
  words(20, 100).forEach(turn.write);
  await turn.complete();
  await joined.until(() => joined.view().turns.get(turn.turnId)?.status === 'completed');
  expect(joined.textOf(turn.turnId)).toBe(words(120).join(''));
  expect(joined.asked).toHaveLength(1);
});

test('[VIEW4] many who join while text flows all see it exactly', async () => {
  const conversationId = v7();
  const turn = await beginTurn(gateway, conversationId);
  const joining = words(200).map(async (word, at) => {
    turn.write(word);
    if (at % 20 === 0) await turn.flushed();
    return at % 20 === 0 ? viewer(conversationId) : null;
  });
  const viewers = (await Promise.all(joining)).filter((one) => one !== null);
  await turn.complete();
  for (const one of viewers) {
    await one.until(() => one.view().turns.get(turn.turnId)?.status === 'completed');
    expect(one.textOf(turn.turnId)).toBe(words(200).join(''));
  }
});

test('[VIEW1] a reconnect with the live turn’s seq gets the range beyond it, not all again', async () => {
  const conversationId = v7();
  const turn = await beginTurn(gateway, conversationId);
  const one = await viewer(conversationId);
  words(10).forEach(turn.write);
  await turn.flushed();
  await one.until(() => one.textOf(turn.turnId) === words(10).join(''));
  one.disconnect();
  const { seq } = one.view().live!.reply;
  words(10, 10).forEach(turn.write);
  await turn.flushed();
  one.connect();
  await one.until(() => one.textOf(turn.turnId) === words(20).join(''));
  expect(one.asked[1]!.subscribe).toMatchObject({ live: { turnId: turn.turnId, seq } });
  expect(one.asked[1]!.answer.live).toMatchObject({ turnId: turn.turnId, from: seq + 1 });
  expect(JSON.stringify(one.asked[1]!.answer)).not.toContain('word5 ');
  await turn.complete();
  await one.until(() => one.view().turns.get(turn.turnId)?.status === 'completed');
});

test('[VIEW3] who was away for a turn’s whole end gets its row and its words', async () => {
  const conversationId = v7();
  const turn = await beginTurn(gateway, conversationId);
  const one = await viewer(conversationId);
  words(10).forEach(turn.write);
  await one.until(() => one.textOf(turn.turnId) !== '');
  one.disconnect();
  words(10, 10).forEach(turn.write);
  await turn.complete();
  const next = await beginTurn(gateway, conversationId, 'And then?');
  next.write('Then this.');
  await next.flushed();
  one.connect();
  await one.until(() => one.textOf(next.turnId) === 'Then this.');
  expect(one.view().turns.get(turn.turnId)).toMatchObject({ status: 'completed', reply: words(20).join('') });
});

test('[STOP1] a stopped turn shows the final record’s text to every viewer, and nothing beyond it', async () => {
  const conversationId = v7();
  const viewers = [await viewer(conversationId), await viewer(conversationId)];
  const turn = await beginTurn(gateway, conversationId);
  words(30).forEach(turn.write);
  await turn.flushed();
  words(30, 30).forEach(turn.write); // on their way when the Stop comes
  const stopped = await gateway.store.conversations.stop(conversationId, turn.turnId);
  await turn.complete();
  for (const one of viewers) {
    await one.until(() => one.view().turns.get(turn.turnId)?.status === 'stopped');
    expect(one.textOf(turn.turnId)).toBe(stopped!.turn.reply);
  }
  await until(async () => (await gateway.store.turn(turn.turnId))?.reply === stopped!.turn.reply);
});

test('[VIEW3] rows travel by rev, each beginning where the last one ended', async () => {
  const conversationId = v7();
  const one = await viewer(conversationId);
  for (const prompt of ['One.', 'Two.', 'Three.']) {
    const turn = await beginTurn(gateway, conversationId, prompt);
    turn.write('Answer.');
    await turn.complete();
    await one.until(() => one.view().turns.get(turn.turnId)?.status === 'completed');
  }
  const rows = one.told.flatMap(({ message }) => ('turns' in message ? [message] : []));
  expect(rows.length).toBeGreaterThan(3);
  for (const [at, { from, to }] of rows.entries()) {
    expect(from).toBeLessThan(to);
    if (at > 0) expect(from).toBe(rows[at - 1]!.to);
  }
  expect(one.view().rev).toBe(rows.at(-1)!.to);
  expect(one.asked).toHaveLength(1);
});

for (const lost of ['eventsAppended', 'turnsChanged'] as const) {
  test(`[VIEW7] when the last ${lost} is lost, the tip tells of it`, async () => {
    const conversationId = v7();
    let isLost = false;
    const one = await viewer(conversationId, { loses: (event) => isLost && event === lost });
    const turn = await beginTurn(gateway, conversationId);
    turn.write('The first, ');
    await one.until(() => one.textOf(turn.turnId) === 'The first, ');
    isLost = true;
    turn.write('and the last.');
    if (lost === 'turnsChanged') await turn.complete();
    await one.until(() => one.textOf(turn.turnId) === 'The first, and the last.');
    if (lost === 'turnsChanged') await one.until(() => one.view().turns.get(turn.turnId)?.status === 'completed');
    expect(one.asked.length).toBeGreaterThan(1);
  });
}
