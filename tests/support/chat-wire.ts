import { z } from 'zod';

/** A request to `/v1/chat/completions`, as far as the endpoint reads it; the rest of the body is kept for the test. */
const message = z.looseObject({
  role: z.string(),
  content: z.union([z.string(), z.array(z.looseObject({ type: z.string(), text: z.string().optional() }))]).nullish(),
});
const chatRequest = z.looseObject({
  model: z.string(),
  messages: z.array(message),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
});
export type ChatRequest = z.output<typeof chatRequest>;

/** A request to `/v1/responses`, told as the other is: its `input` is what a chat completion calls messages. */
const responsesRequest = z
  .looseObject({ model: z.string(), input: z.array(message), stream: z.boolean().nullish() })
  .transform(({ input, ...body }): ChatRequest => ({ ...body, messages: input }));

/** OpenAI's two ways to ask for a reply, each at a path of its own. */
export type Api = 'chat' | 'responses';
export const REQUESTS = { chat: chatRequest, responses: responsesRequest } as const;
export const PATHS = { chat: '/v1/chat/completions', responses: '/v1/responses' } as const;
type Message = ChatRequest['messages'][number];

export type Delta = { content: string } | { reasoning_content: string };
export type FinishReason = 'stop' | 'length' | 'content_filter';

/** One reply as it grows, in the words of one of the two: as events of a stream, or whole. */
export type WireReply = {
  readonly begun: boolean;
  readonly sent: { tokensSent: number; textSent: string; thoughtsSent: number };
  grow(deltas: Delta[], tokens?: number): string;
  end(reason: FinishReason): string;
  /** What may stand where a stream breaks off as if it were whole. */
  readonly done: string;
  /** An error in the stream itself. */
  error(error: WireError): string;
  whole(reason: FinishReason | null): string;
};

export type WireError = { message: string; code: string | null; type?: string };

export function errorBody(error: WireError): string {
  return JSON.stringify({ error: { type: 'invalid_request_error', param: null, ...error } });
}

export function textOfMessage({ content }: Message): string {
  if (typeof content === 'string') return content;
  return (content ?? []).map(({ text = '' }) => text).join('');
}

/** The reply that the model shall go on with: a last message of the assistant's. */
export function begunOf({ messages }: ChatRequest): string | null {
  const last = messages.at(-1);
  return last?.role === 'assistant' ? textOfMessage(last) : null;
}

export function promptOf({ messages }: ChatRequest): string {
  const last = messages.findLast(({ role }) => role === 'user');
  return last ? textOfMessage(last) : '';
}

/** One word of the messages is one token, so a test can count. */
export const wordsOf = ({ messages }: ChatRequest): number =>
  messages.flatMap((each) => textOfMessage(each).match(/\S+/g) ?? []).length;
