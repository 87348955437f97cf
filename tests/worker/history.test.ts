import { v7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Turn } from '#lib/protocol/turn.ts';
import { readHistories, type HistoryReader } from '#tests/support/history.ts';
import { startParley, type Parley } from '#tests/support/parley.ts';
import { until } from '#tests/support/until.ts';

const EVENTS_MAX = 12;
const BYTES_MAX = 2_048;

let parley: Parley;
let histories: HistoryReader;
beforeAll(async () => {
  parley = await startParley();
  histories = readHistories();
});
afterAll(async () => {
  await histories.close();
  await parley.close();
});

/** The history's size once it has stopped growing: the last turn's workflow task is in it. */
async function sizeOf(conversationId: string) {
  const events = await histories.events({ conversationId });
  return { events: events.length, bytes: (await histories.bytes({ conversationId })).length };
}

/** A turn is over for Temporal when the workflow has taken its result. */
async function settled(conversationId: string, turns: number): Promise<void> {
  await until(async () => {
    const events = await histories.events({ conversationId });
    const results = events.filter(({ activityTaskCompletedEventAttributes: done }) => done);
    const taken = events.findLastIndex(({ workflowTaskCompletedEventAttributes: done }) => done);
    return results.length === turns && taken > events.indexOf(results.at(-1)!);
  });
}

test('[WF3] a plain turn costs at most 12 events and 2 KB, the thirtieth as the first', async () => {
  const { user } = parley;
  const conversationId = v7();
  const sizes = [{ events: 0, bytes: 0 }];
  for (let turns = 1; turns <= 30; turns++) {
    // Text that flows for longer than a heartbeat in one of them.
    const rate = turns === 2 ? 'rate=20' : 'rate=0';
    await user.ended((await user.send(conversationId, `scenario:steady tokens=30 ${rate} seed=${900 + turns}`)).turnId);
    await settled(conversationId, turns);
    sizes.push(await sizeOf(conversationId));
  }
  const costs = sizes.slice(1).map(({ events, bytes }, at) => ({
    events: events - sizes[at]!.events,
    bytes: bytes - sizes[at]!.bytes,
  }));
  console.log('history of a plain turn, first · second · thirtieth:', costs[0], costs[1], costs[29]);
  for (const cost of costs) {
    expect(cost.events).toBeLessThanOrEqual(EVENTS_MAX);
    expect(cost.bytes).toBeLessThanOrEqual(BYTES_MAX);
  }
  expect(costs[29]!.events).toBe(costs[2]!.events);
  // Numbers in it grow by digits, nothing grows by turns.
  expect(costs[29]!.bytes - costs[2]!.bytes).toBeLessThan(60);
});

test('[WF3] no word of a prompt, a reply or a provider is in the history of any kind of turn', async () => {
  const { user, endpoint } = parley;
  const conversationId = v7();
  const say = (prompt: string, mode: 'queue' | 'interject' = 'queue') =>
    user.send(conversationId, `${prompt}\nsesquipedalian`, { mode });
  const turns: Turn[] = [];
  const ended = async (turnId: string) => void turns.push(await user.ended(turnId));

  await ended((await say('scenario:steady tokens=40 seed=951')).turnId);
  await ended((await say('scenario:break after=30 times=1 tokens=40 seed=952')).turnId);
  await ended((await say('scenario:fail status=503 times=1 tokens=40 seed=953')).turnId);
  await ended((await say('scenario:model-not-found seed=954')).turnId);
  await ended((await say('scenario:length tokens=40 seed=955')).turnId);
  const stopped = await say('scenario:endless rate=200 seed=956');
  await user.when(stopped.turnId, ({ reply }) => reply.length > 150);
  await user.stop(conversationId, stopped.turnId);
  await ended(stopped.turnId);
  const interrupted = await say('scenario:endless rate=200 seed=957');
  await user.when(interrupted.turnId, ({ reply }) => reply.length > 150);
  const interjection = await say('scenario:steady tokens=40 seed=958', 'interject');
  await ended(interrupted.turnId);
  await ended(interjection.turnId);
  await ended((await say('scenario:wrong-key seed=959')).turnId);
  expect(turns.map(({ status }) => status)).toEqual(
    'completed completed completed failed failed stopped interrupted completed failed'.split(' '),
  );

  const history = await histories.text({ conversationId });
  // The reader would find a word: those that belong there are found.
  for (const { id } of turns) expect(history).toContain(id);
  expect(history).toContain('streamStep');
  const words = turns.flatMap(({ prompt, reply }) => `${prompt} ${reply}`.match(/\p{L}{4,}/gu) ?? []);
  const found = [...new Set(words)].filter((word) => new RegExp(`\\b${word}\\b`, 'i').test(history));
  expect(words.length).toBeGreaterThan(250);
  expect(found).toEqual([]);
  for (const said of ['overloaded.', 'does not exist', 'nginx', 'sk-parley', endpoint.url])
    expect(history).not.toContain(said);
});
