import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { isGroupAlive } from '../../scripts/launcher/process-group.mjs';
import { isAnswered } from '../../scripts/launcher/ports.mjs';
import { close, freePorts, listen, portOf } from './free-ports.ts';
import { createStubProject, type StubProject } from './stub-project.ts';

/*
 * The launcher as a whole, as `npm start` runs it, over stand-ins for what it starts.
 */

const PARTS = ['worker', 'web', 'model', 'temporal'];
const VARIABLES = ['PORT', 'GATEWAY_PORT', 'TEMPORAL_PORT', 'TEMPORAL_UI_PORT', 'EMBEDDED_MODEL_PORT'];
/** The word for Ctrl-C and SIGTERM. */
const END_MS = 10_000;

let project: StubProject;
let ports: Record<string, string>;

beforeEach(async () => {
  project = createStubProject();
  const free = await freePorts(VARIABLES.length);
  ports = Object.fromEntries(VARIABLES.map((variable, index) => [variable, String(free[index])]));
  onTestFinished(() => project.remove());
});

type Recorded = { pid: number; url?: string; children: { name: string; pid: number }[] };
const record = () => JSON.parse(readFileSync(project.file('.data/launcher.json'), 'utf8')) as Recorded;
const pidOf = (name: string) => record().children.find((child) => child.name === name)?.pid ?? 0;
const builds = () => readFileSync(project.file('builds.txt'), 'utf8').split('\n').length - 1;
const until = (fact: () => boolean) => vi.waitFor(() => expect(fact()).toBe(true), { timeout: 8_000, interval: 20 });

async function started(env: Record<string, string> = {}, flags: string[] = []) {
  const run = project.start({ ...ports, ...env }, flags);
  await run.line(/^Parley is at /);
  return run;
}

async function expectNothingLeft(groups: number[]) {
  expect(groups.filter(isGroupAlive)).toEqual([]);
  for (const port of Object.values(ports)) await close(await listen(Number(port)));
  expect(existsSync(project.file('.data/launcher.json'))).toBe(false);
}

test('prints the address once the page is healthy, and records what runs', async () => {
  const run = await started();
  expect(run.lines.at(-1)).toBe(`Parley is at http://localhost:${ports['PORT']}`);
  const { pid, url, children } = record();
  expect({ pid, url }).toEqual({ pid: run.launcher.pid, url: `http://localhost:${ports['PORT']}` });
  expect(children.map(({ name }) => name).toSorted((a, b) => PARTS.indexOf(a) - PARTS.indexOf(b))).toEqual(PARTS);
});

test('gives every part its settings, and the key to the worker alone', async () => {
  await started({ OPENAI_API_KEY: 'sk-secret', TEMPORAL_TASK_QUEUE: 'mine', TEMPORAL_API_KEY: 'of-another-server' });
  const [worker, web] = [project.noted('worker').env, project.noted('web').env];
  for (const env of [worker, web]) {
    expect(env).toMatchObject({
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      PORT: ports['PORT'],
      GATEWAY_PORT: ports['GATEWAY_PORT'],
      DATA_DIR: project.dataDir,
      TEMPORAL_ADDRESS: `127.0.0.1:${ports['TEMPORAL_PORT']}`,
      TEMPORAL_NAMESPACE: 'default',
      TEMPORAL_TASK_QUEUE: 'mine',
      MODEL_SOURCE: 'openai',
    });
    expect(env).not.toHaveProperty('TEMPORAL_API_KEY');
  }
  expect(worker).toMatchObject({
    OPENAI_API_KEY: 'sk-secret',
    WORKFLOW_BUNDLE: project.file('dist/workflow-bundle.js'),
  });
  expect(JSON.stringify(web)).not.toContain('sk-secret');
  expect(record().children.map(({ name }) => name)).not.toContain('model');
});

test('without a key the embedded model is started and its address given on', async () => {
  await started();
  const EMBEDDED_MODEL_URL = `http://127.0.0.1:${ports['EMBEDDED_MODEL_PORT']}`;
  expect(project.noted('worker').env).toMatchObject({ MODEL_SOURCE: 'embedded', EMBEDDED_MODEL_URL });
  expect(project.noted('web').env).toMatchObject({ MODEL_SOURCE: 'embedded', EMBEDDED_MODEL_URL });
});

test('a Temporal server elsewhere is passed on with its key, and none is started', async () => {
  await started({ TEMPORAL_ADDRESS: 'temporal.example:7233', TEMPORAL_NAMESPACE: 'chats', TEMPORAL_API_KEY: 'k' });
  const given = { TEMPORAL_ADDRESS: 'temporal.example:7233', TEMPORAL_NAMESPACE: 'chats', TEMPORAL_API_KEY: 'k' };
  expect(project.noted('worker').env).toMatchObject(given);
  expect(project.noted('web').env).toMatchObject(given);
  expect(record().children.map(({ name }) => name)).not.toContain('temporal');
});

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s ends everything and frees every port', async (signal) => {
  const run = await started();
  const groups = record().children.map(({ pid }) => pid);
  run.launcher.kill(signal);
  // npm passes a signal on that the terminal has sent already.
  run.launcher.kill(signal);
  expect(await run.ended).toBe(0);
  await expectNothingLeft(groups);
});

test('a worker that will not end does not hold up the end', { timeout: 2 * END_MS }, async () => {
  const run = await started({ STUB_STUBBORN: '1' });
  const groups = record().children.map(({ pid }) => pid);
  const began = Date.now();
  run.launcher.kill('SIGTERM');
  expect(await run.ended).toBe(0);
  expect(Date.now() - began).toBeLessThan(END_MS);
  await expectNothingLeft(groups);
});

test.each(PARTS)('a killed %s is started again at once, on the same port', async (name) => {
  const run = await started();
  const before = pidOf(name);
  process.kill(before, 'SIGKILL');
  await until(() => pidOf(name) !== 0 && pidOf(name) !== before);
  const next = `started again as process ${pidOf(name)}`;
  await run.line(new RegExp(`^${name} \\(process ${before}\\) ended \\(signal SIGKILL\\); ${next}$`));
  const variable = { worker: 'GATEWAY_PORT', web: 'PORT', model: 'EMBEDDED_MODEL_PORT', temporal: 'TEMPORAL_PORT' }[
    name
  ];
  const port = Number(ports[variable ?? '']);
  await vi.waitFor(async () => expect(await isAnswered(port, '127.0.0.1')).toBe(true), {
    timeout: 8_000,
    interval: 50,
  });
});

test('after a kill -9 of the launcher the next start ends what it left and takes its ports', async () => {
  const first = await started();
  const groups = record().children.map(({ pid }) => pid);
  first.launcher.kill('SIGKILL');
  await first.ended;
  expect(groups.filter(isGroupAlive)).toEqual(groups);
  const second = await started();
  expect(second.lines[0]).toBe('Ended what an earlier start had left behind: worker, web, model, temporal.');
  expect(groups.filter(isGroupAlive)).toEqual([]);
  expect(second.lines.at(-1)).toBe(`Parley is at http://localhost:${ports['PORT']}`);
});

test('a second start says where the first one runs, and leaves it alone', async () => {
  const first = await started();
  const second = project.start(ports);
  expect(await second.ended).toBe(1);
  expect(second.lines).toEqual([
    expect.stringContaining(
      `Parley already runs at http://localhost:${ports['PORT']} with the data in ${project.dataDir}`,
    ),
  ]);
  expect(second.lines[0]).toContain(`(process ${first.launcher.pid})`);
  expect(record().pid).toBe(first.launcher.pid);
});

test.each([
  [{ PORT: '70000' }, 'PORT is "70000"'],
  [{ GATEWAY_PORT: 'web' }, 'GATEWAY_PORT is "web"'],
  [{ HOST: '0.0.0.0' }, 'HOST is "0.0.0.0"'],
])('%j is refused in one line', async (wrong, says) => {
  const run = project.start({ ...ports, ...wrong });
  expect(await run.ended).toBe(1);
  expect(run.lines).toEqual([expect.stringContaining(says)]);
});

test('a port that was spelled out and is taken is refused, before anything starts', async () => {
  const squatter = await listen();
  onTestFinished(() => close(squatter));
  const run = project.start({ ...ports, GATEWAY_PORT: String(portOf(squatter)) });
  expect(await run.ended).toBe(1);
  expect(run.lines).toEqual([expect.stringContaining(`Port ${portOf(squatter)} (GATEWAY_PORT) is taken`)]);
  expect(existsSync(project.file('.data/web.json'))).toBe(false);
});

test('a store newer than the code is shown and nothing starts', async () => {
  const run = project.start({ ...ports, STUB_NEWER: '1' });
  expect(await run.ended).toBe(1);
  expect(run.lines).toEqual(['The store is newer than this Parley.']);
  await expectNothingLeft([]);
});

test('a part that refuses its configuration ends the start with its reason', async () => {
  const run = project.start({ ...ports, STUB_REFUSAL: '1' });
  expect(await run.ended).toBe(1);
  expect(run.lines).toContain('worker refuses to run: Wrong configuration: STUB_REFUSAL');
  await expectNothingLeft([]);
});

test('builds once, and again when a source changes', async () => {
  for (const [change, count] of [
    [undefined, 1],
    [undefined, 1],
    ['lib/new.ts', 2],
  ] as const) {
    if (change) writeFileSync(project.file(change), '// new');
    const run = await started();
    run.launcher.kill('SIGTERM');
    await run.ended;
    expect(builds()).toBe(count);
  }
});

test('two starts at once, each with data and ports of its own, build once', async () => {
  const others = await freePorts(VARIABLES.length);
  const second = Object.fromEntries(VARIABLES.map((variable, index) => [variable, String(others[index])]));
  const runs = [project.start(ports), project.start({ ...second, DATA_DIR: 'second' })];
  await Promise.all(runs.map((run) => run.line(/^Parley is at /)));
  expect(builds()).toBe(1);
});

test('in development nothing is built, and a changed source starts the worker again', async () => {
  const run = await started({}, ['--dev']);
  expect(existsSync(project.file('builds.txt'))).toBe(false);
  expect(project.noted('web').argv).toContain('dev');
  expect(project.noted('worker').env).toMatchObject({ NODE_ENV: 'development' });
  expect(project.noted('worker').env).not.toHaveProperty('WORKFLOW_BUNDLE');
  const [worker, model] = [pidOf('worker'), pidOf('model')];
  writeFileSync(project.file('lib/new.ts'), '// new');
  expect(await run.line(/changed/)).toBe('lib/new.ts changed: starting worker again');
  await until(() => ![0, worker].includes(pidOf('worker')));
  expect(pidOf('model')).toBe(model);
});
