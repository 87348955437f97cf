import { z } from 'zod';

/** A request to `/v1/chat/completions`, as far as the endpoint reads it; the rest of the body is kept for the test. */
const message = z.looseObject({
  role: z.string(),
  content: z.union([z.string(), z.array(z.looseObject({ type: z.string(), text: z.string().optional() }))]).nullish(),
});
export const chatRequest = z.looseObject({
  model: z.string(),
  messages: z.array(message),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
});
export type ChatRequest = z.output<typeof chatRequest>;
type Message = ChatRequest['messages'][number];

export type WireError = { message: string; code: string | null; type?: string };

export function errorBody(error: WireError): string {
  return JSON.stringify({ error: { type: 'invalid_request_error', param: null, ...error } });
}

export function textOfMessage({ content }: Message): string {
  if (typeof content === 'string') return content;
  return (content ?? []).map(({ text = '' }) => text).join('');
}

export function promptOf({ messages }: ChatRequest): string {
  const last = messages.findLast(({ role }) => role === 'user');
  return last ? textOfMessage(last) : '';
}
