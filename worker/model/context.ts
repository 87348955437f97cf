import type { ModelMessage } from 'ai';
import type { TranscriptTurn } from '#lib/store/transcript.ts';
import { ProviderFailure, type Model } from './port.ts';

/** Said in the assistant's place after a reply that is not whole, so that the model knows, and turns still alternate [CTX2]. */
const MARKERS = {
  stopped: '[The user stopped this reply here.]',
  interrupted: '[The user interrupted this reply here.]',
  failed: '[This reply failed here and is not complete.]',
} as const;

export type Context = {
  messages: ModelMessage[];
  /** The newest turn that did not fit, and so none before it either. */
  cutBefore: string | null;
  /** Tokens of the begun reply, which then is the last message; 0 when there is none, or when it cannot be continued. */
  begunTokens: number;
};

export type ContextRequest = {
  prompt: string;
  /** The reply so far that the model is to continue; empty for a new one. */
  begun?: string;
  /** The system message, which goes with every call. */
  instructions?: string;
  /** The turns on the path to this one, the nearest first. */
  before: AsyncIterable<TranscriptTurn>;
  model: Pick<Model, 'contextTokens' | 'replyTokens' | 'countTokens'>;
};

/** A begun reply is continued where so much of what is kept free for replies is left for the rest of it [CTX4]. */
const REST = 1 / 8;

/**
 * What the model is told: the turns on the path to this one, its prompt, then what is to be continued of its reply. The
 * oldest whole turns are left out where the window is too small [CTX3]. Throws `ProviderFailure` when the prompt alone does not fit.
 */
export async function contextFor({
  prompt,
  begun = '',
  instructions = '',
  before,
  model,
}: ContextRequest): Promise<Context> {
  let room = model.contextTokens - model.replyTokens;
  const messages: ModelMessage[] = [{ role: 'user', content: prompt }];
  const system: ModelMessage[] = instructions === '' ? [] : [{ role: 'system', content: instructions }];
  let tokens = await model.countTokens([...system, ...messages]);
  if (tokens > room) {
    throw new ProviderFailure({
      code: 'prompt_too_long',
      message: `This message is too long for the model, which reads about ${room} tokens at once. Send a shorter one.`,
    });
  }
  const reply: ModelMessage = { role: 'assistant', content: begun };
  let begunTokens = begun === '' ? 0 : (await model.countTokens([...system, ...messages, reply])) - tokens;
  const roomWithBegun = model.contextTokens - Math.max(model.replyTokens, begunTokens + model.replyTokens * REST);
  if (begunTokens > 0 && tokens <= roomWithBegun) {
    messages.push(reply);
    room = roomWithBegun;
  } else {
    begunTokens = 0;
  }
  for await (const turn of before) {
    const told = messagesOf(turn);
    if (told.length === 0) continue;
    // Counted alone: what the chat template adds per message only makes the sum err on the high side.
    tokens += await model.countTokens(told);
    // All before it go too: a conversation with holes is worse than a short one.
    if (tokens > room) return { messages, cutBefore: turn.id, begunTokens };
    messages.unshift(...told);
  }
  return { messages, cutBefore: null, begunTokens };
}

/** A turn stopped before it began was taken back; every other one is a pair, so that no two prompts stand together. */
function messagesOf({ prompt, reply, status, begun }: TranscriptTurn): ModelMessage[] {
  if (status === 'stopped' && !begun) return [];
  const marker = status === 'stopped' || status === 'interrupted' || status === 'failed' ? MARKERS[status] : '';
  const answer = [reply, marker].filter((text) => text !== '').join('\n\n');
  return [
    { role: 'user', content: prompt },
    { role: 'assistant', content: answer || MARKERS.failed },
  ];
}
