import { setTimeout as pause } from 'node:timers/promises';
import { v7 } from 'uuid';
import { expect } from 'vitest';
import { isOutcome, lineOf, type Turn } from '#lib/protocol/turn.ts';
import type { Call } from './call-log.ts';
import type { Parley } from './parley.ts';
import { expectedReply, scenarioOf } from './scenario-options.ts';
import { diceOf } from './seeded-text.ts';
import { until } from './until.ts';
import { createUser, type User } from './user.ts';
import { openViewer, type Viewer } from './viewer.ts';

/** A seed that failed is run again by `RACE_SEED=…`. */
const RACE_SEED = Number(process.env.RACE_SEED ?? Date.now() % 100_000);
const TIMES = 20;
/** More at once would only wait for the processor, and their offsets with them. */
const AT_ONCE = 5;

/** One conversation, in which two things happen at nearly the same time while several look on. */
export type Scene = {
  conversationId: string;
  /** The same person in two tabs. */
  user: User;
  other: User;
  roll: (sides: number) => number;
  /** A prompt that plays a scenario, and is no other prompt of any race. */
  say: (scenario: string) => string;
  /** Begins both, the second so long after the first as `aim` says, give or take so many milliseconds. */
  around: <First, Second>(
    ms: number,
    first: () => Promise<First>,
    second: () => Promise<Second>,
    aim?: Aim,
  ) => Promise<[First, Second]>;
  /** Does it up to so many milliseconds from now. */
  within: <Done>(ms: number, act: () => Promise<Done>) => Promise<Done>;
};

/** Where the moment lies at which either may win; how long after the first act depends on the machine, so it is sought. */
export type Aim = { ms: number; stepMs: number; wasEarly: boolean };
const STEP_MS = { first: 5, longest: 80 };

export const newAim = (): Aim => ({ ms: 0, stepMs: STEP_MS.first, wasEarly: true });

/** Aims later for the next time when this one was too early, and earlier when it was not. */
export function correct(aim: Aim, wasEarly: boolean): void {
  aim.stepMs = wasEarly === aim.wasEarly ? Math.min(aim.stepMs * 1.5, STEP_MS.longest) : STEP_MS.first;
  aim.wasEarly = wasEarly;
  aim.ms += wasEarly ? aim.stepMs : -aim.stepMs;
}

/** What was left of a race: the line that every viewer and a fresh read agree on, and the calls that it cost. */
export type Settled = { line: Turn[]; callsOf: (prompt: string) => Call[] };

type Race = { name: string; parley: Parley; times?: number };

/** Runs a race with many offsets; after each, everything that must hold of any is checked, then what `check` says of this one. */
export async function raced<Left>(
  { name, parley, times = TIMES }: Race,
  race: (scene: Scene) => Promise<Left>,
  check: (settled: Settled, left: Left) => void,
): Promise<void> {
  const other = createUser(parley.env);
  const seen = new Map<string, number>();
  const seeds = Array.from({ length: times }, (_, at) => RACE_SEED + at);
  const next = async (): Promise<void> => {
    for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
      try {
        const { line } = await runOnce({ name, parley, other, seed }, race, check);
        const outcomes = line.map(({ status, startedAt }) => (startedAt ? status : `${status} unbegun`)).join(' ');
        seen.set(outcomes, (seen.get(outcomes) ?? 0) + 1);
      } catch (error) {
        throw new Error(`${name}, RACE_SEED=${seed}`, { cause: error });
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, next));
  } finally {
    await other.close();
    console.log(
      `${name} (RACE_SEED=${RACE_SEED}):`,
      [...seen].map(([outcomes, count]) => `${count} × ${outcomes}`).join(', '),
    );
  }
}

type Once = { name: string; parley: Parley; other: User; seed: number };

async function runOnce<Left>(
  { name, parley, other, seed }: Once,
  race: (scene: Scene) => Promise<Left>,
  check: (settled: Settled, left: Left) => void,
): Promise<Settled> {
  const conversationId = v7();
  const roll = diceOf(seed);
  const open = () => openViewer({ port: parley.worker.port, conversationId });
  let said = 0;
  const scene: Scene = {
    conversationId,
    user: parley.user,
    other,
    roll,
    say: (scenario) => `scenario:${scenario} (${name} ${seed}-${++said})`,
    around(ms, first, second, aim = newAim()) {
      const offset = aim.ms + roll(2 * ms + 1) - ms;
      return Promise.all([pause(Math.max(0, -offset)).then(first), pause(Math.max(0, offset)).then(second)]);
    },
    within: (ms, act) => pause(roll(ms + 1)).then(act),
  };
  const early = await Promise.all([open(), open()]);
  const late = scene.within(150, open);
  try {
    const left = await race(scene);
    const settled = await settle(parley, conversationId, [...early, await late]);
    check(settled, left);
    return settled;
  } finally {
    for (const viewer of [...early, await late]) viewer.close();
  }
}

/** A turn that has some text and waits for its release. */
export async function holding({ endpoint }: Parley, { user, conversationId, say }: Scene) {
  const prompt = say('hold after=3 tokens=6');
  const { turnId } = await user.send(conversationId, prompt);
  await endpoint.until((calls) => calls.find((call) => call.prompt === prompt && call.held));
  return { prompt, turnId };
}

/** What a Stop answered stands for ever. */
export function expectKept(line: Turn[], answered: Turn): void {
  const { status, reply, proof, endedAt } = answered;
  expect(line.find(({ id }) => id === answered.id)).toMatchObject({ status, reply, proof, endedAt });
}

/** Once everything has ended: one outcome each, one text, one order, for every viewer and whoever comes now. */
async function settle({ user, endpoint, worker }: Parley, conversationId: string, viewers: Viewer[]): Promise<Settled> {
  const read = () => user.store.snapshots.conversation(conversationId, 0);
  await until(async () => (await read()).turns.every(({ status }) => isOutcome(status)), {
    timeoutMs: 40_000,
    seen: read,
  });
  const { conversation, turns, live } = await read();
  expect(live).toBeNull();
  const stored = new Map((turns as Turn[]).map((turn) => [turn.id, turn]));
  const line = lineOf(stored, conversation.head);
  expect(line).toHaveLength(stored.size);
  const newcomer = await openViewer({ port: worker.port, conversationId });
  try {
    for (const viewer of [...viewers, newcomer]) {
      await viewer.until(() => viewer.view().rev === conversation.rev && viewer.view().live === null);
      const view = viewer.view();
      expect(lineOf(view.turns, view.conversation?.head ?? null)).toEqual(line);
    }
  } finally {
    newcomer.close();
  }
  const prompts = new Set(line.map(({ prompt }) => prompt));
  const calls = await endpoint.until((all) => {
    const ours = all.filter(({ prompt }) => prompts.has(prompt));
    return ours.every(({ endedBy }) => endedBy !== null) && ours;
  });
  for (const turn of line) expectExact(turn);
  expectInTurn(line, calls);
  return { line, callsOf: (prompt) => calls.filter((call) => call.prompt === prompt) };
}

function expectExact(turn: Turn): void {
  const whole = expectedReply(turn.prompt);
  expect(whole.slice(0, turn.reply.length)).toBe(turn.reply);
  if (turn.status === 'completed') expect(turn.reply).toBe(whole);
  expect(turn).toMatchObject({ retry: null, proof: { length: turn.reply.length } });
  expect(turn.status).not.toBe('failed');
}

/** The model was asked in the order of the line, about each turn with all turns before it, and once unless a try failed. */
function expectInTurn(line: Turn[], calls: Call[]): void {
  const at = (call: Call) => line.findIndex(({ prompt }) => prompt === call.prompt);
  const inOrder = calls.toSorted((a, b) => a.n - b.n);
  expect(inOrder.map(at)).toEqual(inOrder.map(at).toSorted((a, b) => a - b));
  for (const call of inOrder) {
    const { options } = scenarioOf(call.prompt);
    const tries = options.times === Number.MAX_SAFE_INTEGER ? 1 : options.times + 1;
    expect(call.nth).toBeLessThanOrEqual(tries);
    const asked = call.body.messages.filter(({ role }) => role === 'user').map(({ content }) => content);
    const before = line.slice(0, at(call)).filter(({ status, startedAt }) => status !== 'stopped' || startedAt);
    expect(asked).toEqual([...before.map(({ prompt }) => prompt), call.prompt]);
  }
}
