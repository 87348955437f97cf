import type { Call } from './call-log.ts';
import { errorBody, wordsOf, type Delta, type FinishReason, type WireError, type WireReply } from './chat-wire.ts';

const DONE = 'data: [DONE]\n\n';

/** A reply of chat completions. */
export class ChatReply implements WireReply {
  readonly done = DONE;
  readonly #call: Call;
  readonly #identity: { id: string; created: number; model: string };
  #text = '';
  #thoughts = '';
  #tokens = { text: 0, thoughts: 0 };

  constructor(call: Call) {
    this.#call = call;
    this.#identity = { id: `chatcmpl-${call.n}`, created: Math.floor(call.at / 1000), model: call.body.model };
  }

  get begun(): boolean {
    return this.#text !== '' || this.#thoughts !== '';
  }

  get sent() {
    return { tokensSent: this.#tokens.text, textSent: this.#text, thoughtsSent: this.#tokens.thoughts };
  }

  /** One event for each delta. */
  grow(deltas: Delta[], tokens = deltas.length): string {
    const events = this.#opening() + deltas.map((delta) => this.#choice(delta, null)).join('');
    for (const delta of deltas) {
      if ('content' in delta) this.#text += delta.content;
      else this.#thoughts += delta.reasoning_content;
    }
    this.#tokens[deltas.some((delta) => 'content' in delta) ? 'text' : 'thoughts'] += tokens;
    return events;
  }

  end(reason: FinishReason): string {
    const finish = this.#opening() + this.#choice({}, reason);
    if (!this.#call.body.stream_options?.include_usage) return finish + DONE;
    return finish + this.#event({ choices: [], usage: this.#usage() }) + DONE;
  }

  error(error: WireError): string {
    return `data: ${errorBody(error)}\n\n`;
  }

  whole(reason: FinishReason | null): string {
    const thoughts = this.#thoughts && { reasoning_content: this.#thoughts };
    const message = { role: 'assistant', content: this.#text, ...thoughts };
    const choices = [{ index: 0, message, finish_reason: reason }];
    return JSON.stringify({ ...this.#identity, object: 'chat.completion', choices, usage: this.#usage() });
  }

  /** The role stands before whatever comes first. */
  #opening(): string {
    return this.begun ? '' : this.#choice({ role: 'assistant', content: '' }, null);
  }

  #choice(delta: object, reason: FinishReason | null): string {
    return this.#event({ choices: [{ index: 0, delta, finish_reason: reason }] });
  }

  #event(fields: object): string {
    return `data: ${JSON.stringify({ ...this.#identity, object: 'chat.completion.chunk', ...fields })}\n\n`;
  }

  #usage() {
    const words = wordsOf(this.#call.body);
    const completion = this.#tokens.text + this.#tokens.thoughts;
    return {
      prompt_tokens: words,
      completion_tokens: completion,
      total_tokens: words + completion,
      completion_tokens_details: { reasoning_tokens: this.#tokens.thoughts },
    };
  }
}
