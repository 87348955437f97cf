import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { processes } from '#tests/support/processes.ts';
import { until } from '#tests/support/until.ts';
import { SMOLLM2 } from '#worker/model/embedded/model-file.ts';
import { complete, post, streamChat, user, type ErrorAnswer } from './chat-client.ts';
import { freePort, READY_MS, startModel, startReadyModel, type ModelProcess } from './model-process.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley model '));
  // The model is in the cache after this.
  await (await startReadyModel()).stop();
}, READY_MS);
afterAll(() => rm(folder, { recursive: true, force: true }));

async function started(starting: Promise<ModelProcess>): Promise<ModelProcess> {
  const model = await starting;
  onTestFinished(() => model.stop());
  return model;
}

test.each([
  ['EMBEDDED_MODEL_PORT', 'abc'],
  ['EMBEDDED_MODEL_PORT', '70000'],
  ['EMBEDDED_MODEL_THREADS', '0'],
])('[EM1] a wrong %s (%s) is refused in one line', async (name, value) => {
  const { code, said } = await (await started(startModel({ [name]: value }))).ended;
  expect(code).toBe(78);
  expect(said).toMatch(new RegExp(`^Wrong configuration: ${name} .+\n$`));
});

test('[EM1] a taken port is refused in one line', async () => {
  const port = await freePort();
  const taker = createServer().listen(port, '127.0.0.1');
  await once(taker, 'listening');
  const { code, said } = await (await started(startModel({ EMBEDDED_MODEL_PORT: String(port) }))).ended;
  taker.close();
  expect(code).toBe(1);
  expect(said).toMatch(new RegExp(`^[^\n]*${port}[^\n]*\n$`));
});

test('[EM1] a model that is not there is waited for, and used when it comes', async () => {
  const file = join(folder, 'my own.gguf');
  const model = await started(startModel({ EMBEDDED_MODEL_FILE: file }));
  const { message } = await model.until((health) => health.status === 'unavailable');
  expect(message).toContain('my own.gguf');

  const refused = await post(model.base, '/v1/chat/completions', { messages: [user('Hi')] });
  expect(refused.status).toBe(503);
  expect(refused.headers.get('retry-after')).toBe('1');
  expect(((await refused.json()) as ErrorAnswer).error).toMatchObject({
    type: 'server_error',
    code: 'model_not_ready',
    message,
  });

  await symlink(join(resolve(process.env['CACHE_DIR'] ?? '.cache'), 'models', SMOLLM2.file), file);
  expect((await model.until((health) => health.status === 'ok')).model).toBe('my own');
  expect((await complete(model.base, [user('Hi')], { max_tokens: 2 })).usage.completion_tokens).toBeGreaterThan(0);
}, 30_000);

test('[EM1] a file that is no model is said to be none', async () => {
  const model = await started(startModel({ EMBEDDED_MODEL_FILE: resolve('package.json') }));
  const { message } = await model.until((health) => health.status === 'unavailable');
  expect(message).toContain('package.json');
  expect(message).not.toContain('\n');
}, 30_000);

test('[EM3] a file that was damaged on the disk is thrown away, so that it is fetched anew', async () => {
  const cache = join(folder, 'damaged');
  const file = join(cache, 'models', SMOLLM2.file);
  await mkdir(join(cache, 'models'), { recursive: true });
  await writeFile(file, '');
  await truncate(file, SMOLLM2.bytes); // of the right size, and nothing in it
  const model = await started(
    startModel({ CACHE_DIR: cache, PIP_INDEX_URL: `http://127.0.0.1:${await freePort()}/`, PIP_NO_INDEX: '' }),
  );
  const { message } = await model.until((health) => health.status === 'unavailable');
  expect(message).toContain('cannot be loaded');
  expect(existsSync(file)).toBe(false);
}, 30_000);

test('[EM3] a kill -9 in the middle of a download leaves no pip behind', async () => {
  const index = createHttpServer().listen(0, '127.0.0.1');
  await once(index, 'listening');
  const simple = `http://127.0.0.1:${(index.address() as AddressInfo).port}/simple`;
  const model = await started(
    startModel({ CACHE_DIR: folder, PIP_INDEX_URL: simple, PIP_NO_INDEX: '', PIP_EXTRA_INDEX_URL: '' }),
  );
  const [request] = (await once(index, 'request')) as [IncomingMessage];
  expect(await model.health()).toEqual({ status: 'downloading', percent: 0 });
  const closed = once(request.socket, 'close');
  const pip = () => processes().filter(({ command }) => command.includes(`--dest=${folder}`));
  expect(pip()).not.toEqual([]);
  await model.stop();
  await closed;
  // One that is left would wait for its own time-out, and then ask again.
  await until(() => pip().length === 0, { timeoutMs: 10_000, seen: pip });
  index.close();
}, 30_000);

test('[EM1] SIGTERM in the middle of two answers ends it at once, and cuts them without an end', async () => {
  const model = await started(startReadyModel());
  const streams = ['a king', 'a queen'].map((about) =>
    streamChat(model.base, [user(`Write a very long story about ${about}.`)]),
  );
  await Promise.all(streams.map((stream) => stream.firstText()));
  const cut = Promise.allSettled(streams.map(({ events }) => Array.fromAsync(events)));
  model.kill('SIGTERM');
  expect(await model.ended).toMatchObject({ code: 0, signal: null });
  expect((await cut).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
}, 30_000);
