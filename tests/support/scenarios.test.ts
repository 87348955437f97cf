import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { askEndpoint, read } from './chat-call.ts';
import type { ModelEndpoint } from './endpoint-client.ts';
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

describe('a last message of the assistant', () => {
  const goOn = async (prompt: string, begun: string) =>
    ask(prompt, {
      messages: [
        { role: 'user', content: prompt },
        { role: 'assistant', content: begun },
      ],
    });

  test('is continued where the scenario says so, wherever it ends', async () => {
    const prompt = 'scenario:burst continues=1 unicode=1 tokens=12 seed=5';
    const whole = expectedReply(prompt);
    for (let k = 0; k <= whole.length; k++) {
      if (!whole.slice(0, k).isWellFormed()) continue;
      expect((await read(await goOn(prompt, whole.slice(0, k)))).text).toBe(whole.slice(k));
    }
  });

  test.each([
    ['that is no beginning of the text', 'continues=1', 'Something else'],
    ['that is longer than the text', 'continues=1 tokens=1', expectedReply('scenario:burst tokens=9 seed=5')],
    ['where the scenario continues none', '', expectedReply('scenario:burst tokens=3 seed=5')],
  ])('%s is refused', async (_, options, begun) => {
    expect((await goOn(`scenario:burst seed=5 ${options}`, begun)).status).toBe(400);
  });
});

describe('cuts that do not change the text', () => {
  test.each(['burst', 'one-byte', 'split-utf8', 'length', 'slow-start firstMs=30'])('%s', async (script) => {
    const prompt = `scenario:${script} unicode=1`;
    const { text, finish, deltas } = await read(await ask(prompt));
    expect(text).toBe(expectedReply(prompt));
    expect(finish).toEqual([script === 'length' ? 'length' : 'stop']);
    if (script === 'burst') expect(deltas).toHaveLength(1);
  });

  test('one-byte sends pieces of one byte', async () => {
    const { port } = new URL(endpoint.url);
    const socket = connect(Number(port), '127.0.0.1').setNoDelay();
    const body = JSON.stringify({
      model: 'a',
      stream: true,
      messages: [{ role: 'user', content: 'scenario:one-byte' }],
    });
    socket.write(`POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    const pieces: Buffer[] = [];
    for await (const piece of socket) pieces.push(piece);
    expect(Buffer.concat(pieces).toString()).toContain('[DONE]');
    const single = pieces.filter((piece) => piece.length === 1);
    expect(single.length).toBeGreaterThan(pieces.length / 2);
  });

  test('split-surrogates cuts pairs between two deltas', async () => {
    const prompt = 'scenario:split-surrogates tokens=60';
    const { text, deltas } = await read(await ask(prompt));
    expect(text).toBe(expectedReply(prompt));
    expect(deltas.some((delta) => !delta.isWellFormed())).toBe(true);
  });

  test('reasoning comes before the text', async () => {
    const prompt = 'scenario:reasoning thoughts=5 seed=3';
    const { text, chunks } = await read(await ask(prompt));
    const thoughts = chunks.map((chunk) => chunk.choices[0]?.delta.reasoning_content ?? '');
    expect(thoughts.join('')).toBe(replyText({ seed: 4, tokens: 5 }));
    expect(text).toBe(expectedReply(prompt));
  });

  test('huge-event is one delta of so many bytes', async () => {
    const { deltas, finish } = await read(await ask('scenario:huge-event bytes=300000'));
    expect(deltas.map((delta) => delta.length)).toEqual([300_000]);
    expect(deltas[0]).toBe(expectedReply('scenario:huge-event bytes=300000'));
    expect(finish).toEqual(['stop']);
  });

  test('empty has a finish and no text', async () => {
    expect(await read(await ask('scenario:empty'))).toMatchObject({ text: '', finish: ['stop'], done: 'data: [DONE]' });
  });
});

describe('gates', () => {
  test('hold sends so many tokens and waits for its release', async () => {
    const prompt = 'scenario:hold after=5 key=morning';
    const response = ask(prompt).then(read);
    const held = await endpoint.until((calls) => calls.find((call) => call.held));
    expect(held.textSent).toBe(expectedReply(prompt, { tokens: 5 }));
    await endpoint.release('morning');
    expect((await response).text).toBe(expectedReply(prompt));
  });

  test('gate-first sends its headers, and no token before its release', async () => {
    const response = await ask('scenario:gate-first');
    const held = await endpoint.until((calls) => calls.find((call) => call.held));
    expect(held).toMatchObject({ status: 200, tokensSent: 0 });
    await endpoint.release('scenario:gate-first');
    expect((await read(response)).text).toBe(expectedReply('scenario:gate-first'));
  });

  test('a release that comes first counts', async () => {
    await endpoint.release('early');
    expect((await read(await ask('scenario:hold key=early'))).finish).toEqual(['stop']);
  });
});

describe('faults', () => {
  test('fail refuses so many calls of a prompt, then is steady', async () => {
    const prompt = 'scenario:fail status=429 retryAfter=7 times=2';
    for (const nth of [1, 2]) {
      const refused = await ask(prompt);
      expect([nth, refused.status, refused.headers.get('retry-after')]).toEqual([nth, 429, '7']);
      expect((await refused.json()).error.code).toBe('rate_limit_exceeded');
    }
    expect((await read(await ask(prompt))).text).toBe(expectedReply(prompt));
    expect((await ask('scenario:fail status=429 times=1 another')).status).toBe(429);
    expect((await endpoint.callsOf(prompt)).map(({ nth, scenario }) => [nth, scenario])).toEqual([
      [1, 'fail'],
      [2, 'fail'],
      [3, 'steady'],
    ]);
  });

  test('with vary, each call of a prompt has a text of its own', async () => {
    const prompt = 'scenario:break times=1 vary=1';
    await expect((await ask(prompt)).text()).rejects.toThrow();
    const { text } = await read(await ask(prompt));
    expect(text).toBe(expectedReply(prompt, { nth: 2 }));
    expect(text).not.toBe(expectedReply(prompt));
  });

  test.each(['', ' reset=1'])('break%s ends the socket in the middle', async (how) => {
    const prompt = `scenario:break after=4 times=1${how}`;
    const response = await ask(prompt);
    await expect(response.text()).rejects.toThrow();
    const call = await endpoint.until((calls) => calls.find(({ closedAt }) => closedAt));
    expect(call).toMatchObject({ endedBy: 'fault', textSent: expectedReply(prompt, { tokens: 4 }) });
    expect((await read(await ask(prompt))).text).toBe(expectedReply(prompt));
  });

  test('break delivers its tokens first', async () => {
    const response = await ask('scenario:break after=4');
    const events: string[] = [];
    const decoder = new TextDecoder();
    await expect(async () => {
      for await (const bytes of response.body ?? []) events.push(decoder.decode(bytes, { stream: true }));
    }).rejects.toThrow();
    const { text } = await read(new Response(events.join('')));
    expect(text).toBe(expectedReply('scenario:break after=4', { tokens: 4 }));
  });

  test.each([
    ['truncate after=3', undefined],
    ['truncate after=3 done=1', 'data: [DONE]'],
  ])('%s ends without a finish reason', async (script, last) => {
    const prompt = `scenario:${script}`;
    const { text, finish, done } = await read(await ask(prompt));
    expect(text).toBe(expectedReply(prompt, { tokens: 3 }));
    expect(finish).toEqual([]);
    if (last) expect(done).toBe(last);
    else expect(done).toMatch(/"finish_reason":null/);
  });

  test('malformed breaks in the middle of an event', async () => {
    const events = (await (await ask('scenario:malformed after=2')).text()).split('\n\n').filter(Boolean);
    expect(events).toHaveLength(4);
    expect(() => JSON.parse(events.at(-1)?.slice(6) ?? '{}')).toThrow();
  });

  test.each([
    ['context-length', 400, 'context_length_exceeded'],
    ['wrong-key', 401, 'invalid_api_key'],
    ['model-not-found', 404, 'model_not_found'],
    ['fail status=503', 503, 'overloaded'],
    ['fail status=429 code=insufficient_quota', 429, 'insufficient_quota'],
  ])('%s is a refusal', async (script, status, code) => {
    const response = await ask(`scenario:${script}`);
    const { error } = await response.json();
    expect([response.status, error.code]).toEqual([status, code]);
    if (script === 'wrong-key') expect(error.message).toMatch(/sk-test-.*last/);
    const call = await endpoint.until((calls) => calls.find(({ endedBy }) => endedBy));
    expect(call).toMatchObject({ status, endedBy: 'fault', tokensSent: 0 });
  });

  test('html is a page with 200', async () => {
    const response = await ask('scenario:html');
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html']);
    expect(await response.text()).toContain('<h1>');
  });

  test('redirect leads to another origin, which records who followed', async () => {
    const response = await ask('scenario:redirect');
    const elsewhere = response.headers.get('location') ?? '';
    expect(response.status).toBe(307);
    expect(new URL(elsewhere).origin).not.toBe(endpoint.url);
    expect((await endpoint.calls()).map(({ scenario }) => scenario)).toEqual(['redirect']);
    const body = JSON.stringify({ model: 'any', messages: [{ role: 'user', content: 'scenario:redirect' }] });
    await fetch(elsewhere, { method: 'POST', body });
    expect((await endpoint.calls()).map(({ scenario }) => scenario)).toEqual(['redirect', 'elsewhere']);
  });

  test.each([
    ['scenario:stedy', 'No scenario is named stedy'],
    ['scenario:steady tokns=4', 'tokns'],
    ['scenario:steady tokens=many', 'tokens'],
  ])('%s is a slip, and refused', async (prompt, told) => {
    const response = await ask(prompt);
    expect(response.status).toBe(400);
    expect((await response.json()).error.message).toContain(told);
  });

  test('what is no request is refused and not a call', async () => {
    const response = await fetch(`${endpoint.baseURL}/chat/completions`, { method: 'POST', body: '{"model":' });
    expect(response.status).toBe(400);
    expect(await endpoint.calls()).toEqual([]);
  });
});
