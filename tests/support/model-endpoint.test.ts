import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { askEndpoint, read } from './chat-call.ts';
import { connectModelEndpoint, type ModelEndpoint } from './endpoint-client.ts';
import { startModelEndpoint } from './model-endpoint.ts';
import { expectedReply } from './scenario-options.ts';
import { replyText } from './seeded-text.ts';

let endpoint: ModelEndpoint;
beforeAll(async () => {
  endpoint = await startModelEndpoint();
});
afterEach(() => endpoint.reset());
afterAll(() => endpoint.close());

const ask = (prompt: string, fields?: object) => askEndpoint(endpoint, prompt, fields);

describe('a steady call', () => {
  test('streams the whole text as deltas of one token', async () => {
    const prompt = 'scenario:steady tokens=200 seed=7 please';
    const { deltas, text, finish, done } = await read(await ask(prompt));
    expect(text).toBe(replyText({ seed: 7, tokens: 200 }));
    expect(text).toBe(expectedReply(prompt));
    expect(deltas).toHaveLength(200);
    expect(finish).toEqual(['stop']);
    expect(done).toBe('data: [DONE]');
  });

  test('without a scenario has a text of the prompt’s own', async () => {
    const { text } = await read(await ask('Hello there'));
    expect(text).toBe(expectedReply('Hello there'));
    expect(text).not.toBe(expectedReply('Hello you'));
    expect(text.split(' ')).toHaveLength(24);
  });

  test('without stream is one completion', async () => {
    const answer = await (await ask('scenario:steady tokens=9', { stream: false })).json();
    expect(answer.choices[0].message.content).toBe(expectedReply('scenario:steady tokens=9'));
    expect(answer.choices[0].finish_reason).toBe('stop');
    expect(answer.usage).toMatchObject({ prompt_tokens: 2, completion_tokens: 9, total_tokens: 11 });
  });

  test('tells usage at the end when asked, and only then', async () => {
    const asked = await read(await ask('one two', { stream_options: { include_usage: true } }));
    expect(asked.chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 2, completion_tokens: 24 } });
    const unasked = await read(await ask('one two'));
    expect(unasked.chunks.some((chunk) => 'usage' in chunk)).toBe(false);
  });

  test('is recorded whole', async () => {
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: [{ type: 'text', text: 'Hello there' }] },
    ];
    await read(await ask('', { messages, temperature: 0.3 }));
    const call = await endpoint.until((calls) => calls.find(({ closedAt }) => closedAt));
    expect(call).toMatchObject({ n: expect.any(Number), nth: 1, scenario: 'steady', status: 200, endedBy: 'finish' });
    expect(call).toMatchObject({ prompt: 'Hello there', tokensSent: 24, textSent: expectedReply('Hello there') });
    expect(call.body).toEqual({ model: 'any', stream: true, messages, temperature: 0.3 });
    expect(call.headers.authorization).toBe('present');
    expect(JSON.stringify(call)).not.toContain('0123456789');
    expect(call.at).toBeLessThanOrEqual(call.firstTokenAt ?? 0);
    expect(call.firstTokenAt).toBeLessThanOrEqual(call.closedAt ?? 0);
    expect(await endpoint.callsOf('Hello there')).toEqual([call]);
  });

  test.each([50, 400, 2_500])('keeps its rate of %i tokens a second', async (rate) => {
    const prompt = `scenario:steady tokens=${rate} rate=${rate}`;
    const { text } = await read(await ask(prompt));
    expect(text).toBe(expectedReply(prompt));
    const call = await endpoint.until((calls) => calls.find(({ closedAt }) => closedAt));
    const tookMs = (call.closedAt ?? 0) - (call.firstTokenAt ?? 0);
    // Never early; how late depends on the machine.
    expect(tookMs).toBeGreaterThan(((rate - 1) / rate) * 1000 - 10);
  });

  test('holds no more than its reader takes', async () => {
    const response = await ask('scenario:steady tokens=1000000');
    const before = await endpoint.until((calls) => calls.find(({ tokensSent }) => tokensSent > 0));
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    const call = await endpoint.until((calls) => calls.find(({ endedBy }) => endedBy));
    expect(call.n).toBe(before.n);
    expect(call.endedBy).toBe('client');
    expect(call.tokensSent).toBeLessThan(200_000);
  });
});

describe('a client that goes', () => {
  test.each([
    'silent',
    'silent-before-headers',
    'silent-middle after=2',
    'hold',
    'gate-first',
    'endless',
    'endless rate=0',
    'one-byte tokens=500',
    'slow-start firstMs=60000',
  ])('during %s closes its socket and is recorded', async (script) => {
    const gone = new AbortController();
    const prompt = `scenario:${script}`;
    const over = askEndpoint(endpoint, prompt, {}, gone.signal).then((response) => response.text());
    const wanted = /after|hold/.test(script) ? 2 : /endless|one/.test(script) ? 1 : 0;
    await endpoint.until((calls) => calls.some(({ tokensSent }) => tokensSent >= wanted));
    gone.abort();
    await expect(over).rejects.toThrow(/abort/);
    const call = await endpoint.until((calls) => calls.find(({ closedAt }) => closedAt));
    expect(call).toMatchObject({ endedBy: 'client', held: false });
    expect(expectedReply(prompt, { tokens: call.tokensSent })).toBe(call.textSent);
  });

  test('before its body is whole is no call', async () => {
    const socket = connect(Number(new URL(endpoint.url).port), '127.0.0.1');
    socket.write('POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\n{"model"');
    socket.end();
    for await (const _ of socket) continue;
    expect((await read(await ask('Hello'))).finish).toEqual(['stop']);
    expect(await endpoint.calls()).toHaveLength(1);
  });
});

describe('a script', () => {
  test('is played for prompts that name no scenario', async () => {
    await endpoint.script('scenario:fail status=500 times=1');
    expect((await ask('Hello')).status).toBe(500);
    expect((await read(await ask('Hello'))).text).toBe(expectedReply('Hello'));
    expect((await ask('scenario:steady')).status).toBe(200);
  });

  test('may be for one prompt alone', async () => {
    await endpoint.script('scenario:empty', 'Hello');
    expect((await read(await ask('Hello'))).text).toBe('');
    expect((await read(await ask('Hello you'))).text).toBe(expectedReply('Hello you'));
  });

  test('that cannot be read is refused', async () => {
    await expect(endpoint.script('scenario:nothing')).rejects.toThrow(/No scenario is named/);
    await expect(endpoint.script('steady')).rejects.toThrow(/begins with/);
  });
});

test('until says what there was when it gives up', async () => {
  await read(await ask('Hello'));
  await expect(endpoint.until((calls) => calls.length === 2, 20)).rejects.toThrow(/#\d+ steady \(1\) 200, 24 tokens/);
});

test('reset ends what runs and forgets', async () => {
  const over = ask('scenario:silent').then((response) => response.text());
  await endpoint.until((calls) => calls.some(({ status }) => status === 200));
  await endpoint.reset();
  await expect(over).rejects.toThrow();
  expect(await endpoint.calls()).toEqual([]);
});

test('in a process of its own, it is held the same way', async () => {
  const file = join(import.meta.dirname, 'model-endpoint.ts');
  const child = spawn(process.execPath, [file, '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  try {
    const [line] = await once(createInterface(child.stdout), 'line');
    const remote = connectModelEndpoint(/http\S+/.exec(line)?.[0] ?? '');
    const prompt = 'scenario:hold after=2 key=remote';
    const answer = fetch(`${remote.baseURL}/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ model: 'any', stream: true, messages: [{ role: 'user', content: prompt }] }),
    }).then(read);
    const held = await remote.until((calls) => calls.find((call) => call.held));
    expect(held.textSent).toBe(expectedReply(prompt, { tokens: 2 }));
    await remote.release('remote');
    expect((await answer).text).toBe(expectedReply(prompt));
    expect((await remote.until((calls) => calls.find(({ endedBy }) => endedBy))).endedBy).toBe('finish');
    await remote.script('scenario:empty');
    await expect(remote.script('scenario:nothing')).rejects.toThrow(/No scenario is named/);
    const names = await (await fetch(`${remote.url}/scenario-names`)).json();
    expect(names).toContain('gate-first');
    const models = await (await fetch(`${remote.baseURL}/models`)).json();
    expect(models.data.map(({ id }: { id: string }) => id)).toEqual(['scripted', 'scripted-too']);
    await remote.reset();
    expect(await remote.calls()).toEqual([]);
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
  expect(child.exitCode).toBe(0);
});
