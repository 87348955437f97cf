import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { createLogs } from '../../scripts/launcher/logs.mjs';
import { isGroupAlive } from '../../scripts/launcher/process-group.mjs';
import { createSay } from '../../scripts/launcher/say.mjs';
import { createSupervisor, REFUSED } from '../../scripts/launcher/supervisor.mjs';

type Supervisor = ReturnType<typeof createSupervisor>;
let supervisor: Supervisor;
let folder: string;
let lines: string[];
let started: { name: string; pid: number }[];
let refusals: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-supervisor-'));
  [lines, started, refusals] = [[], [], []];
  const out = { write: (text: string) => lines.push(text.trimEnd()) } as unknown as NodeJS.WritableStream;
  supervisor = createSupervisor({
    say: createSay({ out, err: out }),
    logs: createLogs(folder),
    record: { add: (name, pid) => void started.push({ name, pid }), remove() {} },
    onRefusal: (name, why) => void refusals.push(`${name}: ${why}`),
  });
  onTestFinished(async () => {
    await supervisor.endAll([]);
    rmSync(folder, { recursive: true });
  });
});

const service = (name: string, script: string, graceMs = 2_000) => ({
  name,
  command: process.execPath,
  args: ['-e', script],
  cwd: folder,
  env: { ...process.env },
  graceMs,
});
const LIVE = 'setInterval(() => {}, 1000);';
const goes = (name: string) => `process.on('SIGTERM', () => { console.error('${name} goes'); process.exit(0); });`;
const wentAt = (name: string) => /^(\S+) \w+ goes$/m.exec(readFileSync(join(folder, `${name}.log`), 'utf8'))?.[1] ?? '';
const pids = () => started.map(({ pid }) => pid);
const said = (text: string) => vi.waitFor(() => expect(lines).toContain(text), { timeout: 5_000, interval: 10 });
const until = (fact: () => boolean) => vi.waitFor(() => expect(fact()).toBe(true), { timeout: 5_000, interval: 10 });

test('[OBS4] a child that is killed is started again at once, with a line that names both processes', async () => {
  supervisor.start(service('worker', LIVE));
  process.kill(pids()[0] ?? 0, 'SIGKILL');
  await until(() => started.length === 2);
  const [died, next] = pids();
  expect(lines).toEqual([`worker (process ${died}) ended (signal SIGKILL); started again as process ${next}`]);
});

test('one that ends by itself is started again whatever its code, after a pause when it does so quickly again', async () => {
  supervisor.start(service('web', ''));
  await until(() => started.length === 2);
  const [first, second] = pids();
  await said(`web (process ${first}) ended (exit code 0); started again as process ${second}`);
  await said(`web (process ${second}) ended (exit code 0); starting it again in 1 s`);
  expect(started).toHaveLength(2);
  await until(() => started.length === 3);
  await said(`web runs again as process ${pids()[2]}`);
});

test('a command that cannot be started is a death like any other', async () => {
  supervisor.start({ ...service('web', ''), command: join(folder, 'nothing') });
  await said(`web ended (spawn ${join(folder, 'nothing')} ENOENT); starting it again in 1 s`);
});

test('a child that refuses its configuration is not started again', async () => {
  supervisor.start(service('worker', `console.error('PORT is wrong'); process.exit(${REFUSED})`));
  await until(() => refusals.length === 1);
  expect(refusals).toEqual(['worker: PORT is wrong']);
  expect(started).toHaveLength(1);
});

test('what a child has started ends with it', async () => {
  const grandchild = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(LIVE)}], { stdio: 'ignore' });`;
  supervisor.start(service('web', `${grandchild} console.error('ready'); ${LIVE}`));
  await said('web: ready');
  const [pid = 0] = pids();
  process.kill(pid, 'SIGKILL');
  await until(() => started.length === 2);
  expect(isGroupAlive(pid)).toBe(false);
});

test('services end in order, and one that will not end is killed', async () => {
  supervisor.start(service('temporal', `${goes('temporal')} console.error('ready'); ${LIVE}`));
  supervisor.start(service('worker', `process.on('SIGTERM', () => {}); console.error('ready'); ${LIVE}`, 300));
  supervisor.start(service('web', `${goes('web')} console.error('ready'); ${LIVE}`));
  await until(() => lines.filter((line) => line.endsWith('ready')).length === 3);
  await supervisor.endAll(['worker', 'web', 'temporal']);
  expect(pids().map(isGroupAlive)).toEqual([false, false, false]);
  expect(started).toHaveLength(3);
  expect(wentAt('web') <= wentAt('temporal')).toBe(true);
});

test('a restart on purpose needs no line and no pause, however often', async () => {
  supervisor.start(service('worker', LIVE));
  for (const count of [2, 3, 4]) {
    await supervisor.restart('worker');
    await until(() => started.length === count);
  }
  expect(lines).toEqual([]);
});

test('a task answers with how it ended and what it said last', async () => {
  const done = await supervisor.run(service('task', `console.log('a'); console.error('b'); process.exit(3)`));
  expect(done).toMatchObject({ ok: false, code: 3, how: 'exit code 3' });
  expect(done.tail.toSorted((a, b) => a.localeCompare(b))).toEqual(['a', 'b']);
  expect((await supervisor.run(service('task', ''))).ok).toBe(true);
  expect(lines).toEqual([]);
});

test('a task can be cut off', async () => {
  const stop = new AbortController();
  const running = supervisor.run(service('task', LIVE), stop.signal);
  stop.abort();
  expect(await running).toMatchObject({ ok: false, how: 'signal SIGTERM' });
});
