import { randomInt, randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { ChatRequest } from './chat-request.ts';
import { MAX_NEW_TOKENS, type Engine } from './engine.ts';
import type { Reply, Sampling } from './reply.ts';
import { promptTokens } from './prompt-tokens.ts';
import { Refusal, sendJson } from './respond.ts';

const TEMPERATURE = 0.45;
const TOP_P = 0.95;

/** Answers one `POST /v1/chat/completions`. An abort (the client has gone, or the server ends) leaves the answer without an end. */
export async function completeChat(
  engine: Engine,
  request: ChatRequest,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const { tokens: prompt, begun } = promptTokens(engine, request.messages);
  const room = engine.contextTokens - prompt.length;
  if (room < 1) {
    const message = `The messages have ${prompt.length} tokens; this model's context is ${engine.contextTokens}.`;
    throw new Refusal(400, 'context_length_exceeded', message);
  }
  const maxTokens = Math.min(
    request.max_completion_tokens ?? request.max_tokens ?? MAX_NEW_TOKENS,
    // Or a reply that is cut and continued again and again would never end.
    MAX_NEW_TOKENS - begun.length,
    room,
  );
  const full: Reply = { finish: 'length', promptTokens: prompt.length, cachedTokens: 0, replyTokens: 0 };
  const write = async (onText: (text: string) => void) =>
    maxTokens < 1 ? full : engine.reply({ prompt, begun, maxTokens, sampling: sampling(request), onText }, signal);
  const answer = { id: `chatcmpl-${randomUUID()}`, created: Math.floor(Date.now() / 1000), model: engine.name };

  if (request.stream) await stream(answer, write, response, request.stream_options?.include_usage ?? false);
  else await whole(answer, write, response);
}

type Answer = { id: string; created: number; model: string };
type Write = (onText: (text: string) => void) => Promise<Reply>;

async function whole(answer: Answer, write: Write, response: ServerResponse): Promise<void> {
  let content = '';
  const reply = await write((text) => (content += text));
  if (reply.finish === 'aborted') return void response.destroy();
  const choice = { index: 0, message: { role: 'assistant', content }, finish_reason: reply.finish };
  sendJson(response, 200, { ...answer, object: 'chat.completion', choices: [choice], usage: usage(reply) });
}

async function stream(answer: Answer, write: Write, response: ServerResponse, includeUsage: boolean): Promise<void> {
  const send = (chunk: object) =>
    response.write(`data: ${JSON.stringify({ ...answer, object: 'chat.completion.chunk', ...chunk })}\n\n`);
  const sendDelta = (delta: object, finish_reason: string | null = null) =>
    send({ choices: [{ index: 0, delta, finish_reason }] });

  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
  sendDelta({ role: 'assistant', content: '' });
  const reply = await write((content) => sendDelta({ content }));
  // Without a finish reason the reader knows that it was cut.
  if (reply.finish === 'aborted') return void response.destroy();
  sendDelta({}, reply.finish);
  if (includeUsage) send({ choices: [], usage: usage(reply) });
  response.end('data: [DONE]\n\n');
}

const usage = ({
  promptTokens: prompt_tokens,
  replyTokens: completion_tokens,
  cachedTokens: cached_tokens,
}: Reply) => ({
  prompt_tokens,
  completion_tokens,
  total_tokens: prompt_tokens + completion_tokens,
  prompt_tokens_details: { cached_tokens },
});

const sampling = (request: ChatRequest): Sampling => ({
  temperature: request.temperature ?? TEMPERATURE,
  topP: request.top_p ?? TOP_P,
  frequencyPenalty: request.frequency_penalty ?? 0,
  presencePenalty: request.presence_penalty ?? 0,
  // node-llama-cpp's own is the second of the clock: a retry at once would write the same again.
  seed: request.seed ?? randomInt(2 ** 31),
});
