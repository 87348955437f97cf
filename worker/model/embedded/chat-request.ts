import { z } from 'zod';

const TextPart = z.object({ type: z.literal('text'), text: z.string() });

const Content = z
  .union([z.string(), z.array(TextPart).transform((parts) => parts.map((part) => part.text).join(''))], 'must be text')
  // The tokenizer takes a C string: it would silently drop whatever follows.
  .refine((text) => !text.includes('\0'), 'must not contain NUL')
  .refine((text) => text.isWellFormed(), 'must not contain lone surrogates');

const Message = z.discriminatedUnion('role', [
  z.object({ role: z.enum(['system', 'developer']).transform(() => 'system' as const), content: Content }),
  z.object({ role: z.literal('user'), content: Content }),
  z.object({ role: z.literal('assistant'), content: Content.nullish().transform((text) => text ?? '') }),
]);
export type Message = z.infer<typeof Message>;

const Messages = z.array(Message).min(1);

/** What would change the answer and is not done here is refused rather than left out in silence. */
const unsupported = (name: string) =>
  z.union([z.null(), z.tuple([])], `${name} is not supported by the embedded model`).optional();

const NewTokens = z.number().int().min(1).nullish();

export const ChatRequest = z.object({
  model: z.string().optional(),
  messages: Messages,
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().optional() }).nullish(),
  max_tokens: NewTokens,
  max_completion_tokens: NewTokens,
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().gt(0).max(1).nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  seed: z.number().int().nullish(),
  n: z.literal(1, 'only one choice is made').nullish(),
  stop: unsupported('stop'),
  tools: unsupported('tools'),
  response_format: z.object({ type: z.literal('text', 'only plain text is written') }).nullish(),
});
export type ChatRequest = z.infer<typeof ChatRequest>;

export const TokenizeRequest = z.object({ messages: Messages });
