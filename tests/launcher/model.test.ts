import { createServer } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { getJson } from '../../scripts/launcher/http.mjs';
import { chatModel, chooseModel } from '../../scripts/launcher/model.mjs';
import { portOf } from './free-ports.ts';

const nobody = async () => [];
const offering = (servers: Record<number, string[]>) => async (port: number) => servers[port] ?? [];

test('[MOD1] what the environment names is used, and nobody is asked', async () => {
  const asked: number[] = [];
  const ask = async (port: number) => [String(asked.push(port))];
  expect(await chooseModel({ OPENAI_API_KEY: 'sk-x' }, ask)).toMatchObject({ env: { MODEL_SOURCE: 'openai' } });
  const other = await chooseModel({ OPENAI_BASE_URL: 'http://mock/v1', OPENAI_MODEL: 'm' }, ask);
  expect(other).toMatchObject({ source: 'openai', env: { MODEL_SOURCE: 'openai' } });
  expect(asked).toEqual([]);
});

test('[MOD1] a local server that lists a chat model is used by its first one', async () => {
  const choice = await chooseModel({}, offering({ 1234: ['text-embedding-nomic', 'qwen3-8b', 'gemma'] }));
  expect(choice.env).toEqual({
    MODEL_SOURCE: 'local',
    OPENAI_BASE_URL: 'http://127.0.0.1:1234/v1',
    OPENAI_MODEL: 'qwen3-8b',
  });
  expect(choice.line).toContain('qwen3-8b of LM Studio');
});

test('[MOD1] without any server, or one that only embeds, the embedded model answers', async () => {
  expect(await chooseModel({}, nobody)).toMatchObject({ source: 'embedded', env: { MODEL_SOURCE: 'embedded' } });
  expect((await chooseModel({}, offering({ 11434: ['bge-m3', 'whisper-1'] }))).source).toBe('embedded');
});

test('[MOD1] a GGUF of its owner, or the plain wish, chooses the embedded model whatever else runs', async () => {
  const ollama = offering({ 11434: ['llama3.2'] });
  const own = await chooseModel({ EMBEDDED_MODEL_FILE: '/m.gguf' }, ollama);
  expect(own).toMatchObject({ source: 'embedded', line: expect.stringContaining('/m.gguf') });
  expect((await chooseModel({ MODEL_SOURCE: 'embedded' }, ollama)).source).toBe('embedded');
  expect((await chooseModel({}, ollama)).source).toBe('local');
});

test('a model that was named is used where it is listed, and nowhere else', () => {
  expect(chatModel(['a', 'b'], 'b')).toBe('b');
  expect(chatModel(['a', 'b'], 'c')).toBeUndefined();
  expect(chatModel(['mxbai-embed-large', 'jina-reranker', 'tts-1', 'all-minilm', 'llama3.2:1b'], undefined)).toBe(
    'llama3.2:1b',
  );
  expect(chatModel([], undefined)).toBeUndefined();
});

test.each([
  ['HTML', '<html></html>', undefined],
  ['half of an answer', undefined, undefined],
  ['JSON', '{"data": []}', { status: 200, body: { data: [] } }],
])('a local server that answers with %s is understood or left alone, in time', async (_, text, expected) => {
  const server = createServer((_request, response) =>
    text === undefined ? response.write('{"data"') : response.end(text),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => server.closeAllConnections());
  onTestFinished(() => void server.close());
  expect(await getJson(`http://127.0.0.1:${portOf(server)}/v1/models`, 300)).toEqual(expected);
});
