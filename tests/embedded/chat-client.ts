export type ChatMessage = { role: 'system' | 'user' | 'assistant'; content: string };

export type Usage = {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  prompt_tokens_details: { cached_tokens: number };
};
export type Chunk = {
  choices: { delta: { role?: string; content?: string }; finish_reason: string | null }[];
  usage?: Usage;
};
export type Completion = { choices: { message: ChatMessage; finish_reason: string }[]; usage: Usage };
export type ErrorAnswer = { error: { message: string; type: string; code: string } };

export const user = (content: string): ChatMessage => ({ role: 'user', content });
export const assistant = (content: string): ChatMessage => ({ role: 'assistant', content });

/** About 10 tokens a sentence; as it is, reading it takes the model seconds. `name` makes its first tokens its own. */
export const longPrompt = (name: string, sentences = 175) =>
  user(`${name}: ${'The quick brown fox jumps over the lazy dog. '.repeat(sentences)}`);

export const post = (base: string, path: string, body: unknown, signal?: AbortSignal) =>
  fetch(`${base}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...(signal ? { signal } : {}),
  });

export async function complete(base: string, messages: ChatMessage[], options: object = {}): Promise<Completion> {
  const response = await post(base, '/v1/chat/completions', { messages, ...options });
  return (await response.json()) as Completion;
}

export async function countTokens(base: string, messages: ChatMessage[]): Promise<number> {
  const { tokens } = (await (await post(base, '/tokenize', { messages })).json()) as { tokens: number };
  return tokens;
}

/** A streamed answer, read piece by piece. */
export function streamChat(base: string, messages: ChatMessage[], options: object = {}) {
  const leaving = new AbortController();
  const body = { messages, stream: true, stream_options: { include_usage: true }, ...options };
  const response = post(base, '/v1/chat/completions', body, leaving.signal);
  // Whoever reads sees the rejection; a stream that is left unread has no reader.
  response.catch(() => {});
  const events = eventsOf(response);
  return {
    events,
    /** Closes the socket. */
    leave: () => leaving.abort(),
    /** The first text of the reply. */
    async firstText(): Promise<string> {
      for (;;) {
        const next = await events.next();
        if (next.done) throw new Error('The stream ended without text.');
        const text = next.value === '[DONE]' ? '' : next.value.choices[0]?.delta.content;
        if (text) return text;
      }
    },
  };
}

async function* eventsOf(response: Promise<Response>): AsyncGenerator<Chunk | '[DONE]', undefined> {
  const { body } = await response;
  if (!body) throw new Error('The answer has no body.');
  let rest = '';
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split('\n\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const data = line.slice('data: '.length);
      yield data === '[DONE]' ? data : (JSON.parse(data) as Chunk);
    }
  }
}
