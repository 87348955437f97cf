import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { WorkerEnv } from '#lib/env.ts';
import { modelFromEnv } from '#worker/model/model.ts';
import { until } from '#tests/support/until.ts';

type Told = { status: 'downloading' | 'loading' | 'ok' | 'unavailable'; percent?: number; message?: string };

/** What the embedded model's process tells of itself, as this test likes. */
async function embedded(told: Told, env: Record<string, string> = {}) {
  const state = { told, asked: 0, counted: '', countStatus: 200 };
  const server = createServer(async (request, response) => {
    if (request.url === '/tokenize') {
      state.counted = await text(request);
      response.statusCode = state.countStatus;
      return void response.end('{"tokens":42}');
    }
    state.asked++;
    response.end(JSON.stringify(state.told));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  onTestFinished(close);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { state, close, model: modelFromEnv(WorkerEnv.parse({ EMBEDDED_MODEL_URL: url, ...env })) };
}

const signal = new AbortController().signal;

test('[MOD2] a message waits while the model is downloaded and loaded', async () => {
  const { state, model } = await embedded({ status: 'downloading', percent: 3 });
  expect(await model.health()).toMatchObject({ state: 'starting', source: 'embedded', percent: 3 });
  let isReady = false;
  const ready = model.ready(signal).then(() => (isReady = true));
  const asked = state.asked;
  await until(() => state.asked > asked + 1);
  state.told = { status: 'loading' };
  const askedThen = state.asked;
  await until(() => state.asked > askedThen + 1);
  expect(isReady).toBe(false);
  state.told = { status: 'ok' };
  await ready;
  expect(await model.health()).toMatchObject({ state: 'ok', name: expect.stringContaining('SmolLM2') });
});

test('[MOD2] a Stop ends the waiting', async () => {
  const { state, model } = await embedded({ status: 'downloading' });
  const controller = new AbortController();
  const ready = model.ready(controller.signal);
  await until(() => state.asked > 1);
  controller.abort();
  await ready;
});

test('[MOD2] its process is away for a moment: that is waiting too', async () => {
  const { close, model } = await embedded({ status: 'ok' });
  close();
  expect((await model.health()).state).toBe('starting');
});

test('a model that cannot be had fails in words, with the ways out', async () => {
  const { model } = await embedded({ status: 'unavailable', message: 'The download failed.' });
  await expect(model.ready(signal)).rejects.toMatchObject({
    error: { code: 'no_model', message: expect.stringMatching(/download failed.*OPENAI_API_KEY.*GGUF/s) },
    retries: false,
  });
});

test('[CTX3] its own server counts the tokens; while it is away that is tried again', async () => {
  const { state, close, model } = await embedded({ status: 'ok' });
  expect(await model.countTokens([{ role: 'user', content: 'How long is this?' }])).toBe(42);
  expect(JSON.parse(state.counted)).toEqual({ messages: [{ role: 'user', content: 'How long is this?' }] });
  state.countStatus = 503;
  await expect(model.countTokens([])).rejects.toMatchObject({ error: { code: 'model_not_ready' }, retries: true });
  close();
  await expect(model.countTokens([])).rejects.toMatchObject({ error: { code: 'model_not_ready' }, retries: true });
});

test('[CTX3] messages that its template refuses are refused at once: no other try would go better', async () => {
  const { state, model } = await embedded({ status: 'ok' });
  state.countStatus = 400;
  await expect(model.countTokens([])).rejects.toMatchObject({ error: { code: 'refused' }, retries: false });
});

test('[MOD1] a file of one’s own is called by its name, and not said to be often wrong', async () => {
  const { model } = await embedded({ status: 'ok' }, { EMBEDDED_MODEL_FILE: '/models/Qwen3-4B-Q4_K_M.gguf' });
  const name = 'Qwen3-4B-Q4_K_M';
  expect(model.name).toBe(name);
  expect(await model.list()).toEqual([name]);
  expect(await model.health()).toMatchObject({ state: 'ok', name, source: 'local' });
});
