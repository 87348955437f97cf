import { expect, test } from 'vitest';
import { WorkerEnv } from '#lib/env.ts';
import { modelFromEnv } from '#worker/model/model.ts';
import type { Send } from '#worker/model/providers.ts';
import { startModelEndpoint } from '#tests/support/model-endpoint.ts';

const listed =
  (ids: string[]): Send =>
  async () =>
    Response.json({ data: ids.map((id) => ({ id, object: 'model' })) });
const at = (variables: Record<string, string>, send?: Send) => modelFromEnv(WorkerEnv.parse(variables), send).list();

test('[SET2] the models are those that the endpoint lists', async () => {
  const endpoint = await startModelEndpoint();
  expect(await at({ OPENAI_BASE_URL: endpoint.baseURL, OPENAI_API_KEY: 'key' })).toEqual(['scripted', 'scripted-too']);
  await endpoint.close();
});

test('[SET2] what cannot chat is left out, and the rest stands in order', async () => {
  const send = listed([
    'gpt-5',
    'text-embedding-3-small',
    'whisper-1',
    'gpt-4.1',
    'omni-moderation-latest',
    'tts-1-hd',
  ]);
  expect(await at({ OPENAI_API_KEY: 'key' }, send)).toEqual(['gpt-4.1', 'gpt-5']);
});

test('[SET2] the key goes to the endpoint alone, and a list that is none is an error', async () => {
  let asked: [string, RequestInit | undefined] | undefined;
  const send: Send = async (input, init) => {
    asked = [String(input), init];
    return new Response('<html>', { status: 200 });
  };
  await expect(at({ OPENAI_API_KEY: 'key', OPENAI_BASE_URL: 'http://127.0.0.1:1/v1/' }, send)).rejects.toThrow();
  expect(asked?.[0]).toBe('http://127.0.0.1:1/v1/models');
  expect(asked?.[1]).toMatchObject({ headers: { authorization: 'Bearer key' }, redirect: 'error' });
  const refuses: Send = async () => new Response('no', { status: 401 });
  await expect(at({ OPENAI_API_KEY: 'key' }, refuses)).rejects.toThrow('HTTP 401');
});

test('[SET2] the embedded model is its own list, and without a model there is none', async () => {
  expect(await at({ EMBEDDED_MODEL_URL: 'http://127.0.0.1:1' })).toEqual(['SmolLM2-135M-Instruct']);
  expect(await at({})).toEqual([]);
});
