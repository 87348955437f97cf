import type { Call } from './call-log.ts';
import { wordsOf, type Delta, type FinishReason, type WireError, type WireReply } from './chat-wire.ts';

const INCOMPLETE = { length: 'max_output_tokens', content_filter: 'content_filter' } as const;

type Item = { kind: 'reasoning' | 'message'; index: number; id: string };

/**
 * A reply of the Responses API, in the events that its streams have in this order: the response is created, each item
 * (reasoning, then the message) is added, grows and is done, and the response is completed, or incomplete.
 */
export class ResponsesReply implements WireReply {
  /** Its streams just end. */
  readonly done = '';
  readonly #call: Call;
  readonly #identity: { id: string; object: 'response'; created_at: number; model: string };
  #sequence = 0;
  #item: Item | null = null;
  #items = 0;
  #text = '';
  #thoughts = '';
  #tokens = { text: 0, thoughts: 0 };

  constructor(call: Call) {
    this.#call = call;
    const created_at = Math.floor(call.at / 1000);
    this.#identity = { id: `resp_${call.n}`, object: 'response', created_at, model: call.body.model };
  }

  get begun(): boolean {
    return this.#sequence > 0;
  }

  get sent() {
    return { tokensSent: this.#tokens.text, textSent: this.#text, thoughtsSent: this.#tokens.thoughts };
  }

  grow(deltas: Delta[], tokens = deltas.length): string {
    let events = this.#opening();
    for (const delta of deltas) {
      const kind = 'content' in delta ? 'message' : 'reasoning';
      if (this.#item?.kind !== kind) events += this.#closed() + this.#opened(kind);
      if ('content' in delta) {
        this.#text += delta.content;
        events += this.#event('output_text.delta', { ...this.#place(), content_index: 0, delta: delta.content });
      } else {
        this.#thoughts += delta.reasoning_content;
        const said = { summary_index: 0, delta: delta.reasoning_content };
        events += this.#event('reasoning_summary_text.delta', { ...this.#place(), ...said });
      }
    }
    this.#tokens[this.#item?.kind === 'reasoning' ? 'thoughts' : 'text'] += tokens;
    return events;
  }

  end(reason: FinishReason): string {
    const type = reason === 'stop' ? 'completed' : 'incomplete';
    const events = this.#opening() + this.#closed();
    return events + this.#event(type, { response: this.#whole(reason) });
  }

  /** By an `error` event, or by `response.failed` where `type` says so. */
  error({ code, message, type }: WireError): string {
    const opening = this.#opening();
    if (type !== 'response.failed') {
      return `${opening}event: error\ndata: ${JSON.stringify({ type: 'error', sequence_number: this.#sequence++, code, message, param: null })}\n\n`;
    }
    const response = { ...this.#identity, status: 'failed', error: { code, message } };
    return opening + this.#event('failed', { response });
  }

  whole(reason: FinishReason | null): string {
    return JSON.stringify(this.#whole(reason));
  }

  #whole(reason: FinishReason | null) {
    const cut = reason === null || reason === 'stop' ? null : { reason: INCOMPLETE[reason] };
    return {
      ...this.#identity,
      status: cut ? 'incomplete' : 'completed',
      incomplete_details: cut,
      error: null,
      output: [{ ...this.#message('completed'), content: [this.#part()] }],
      usage: this.#usage(),
    };
  }

  #opening(): string {
    if (this.begun) return '';
    const response = { ...this.#identity, status: 'in_progress', output: [] };
    return this.#event('created', { response }) + this.#event('in_progress', { response });
  }

  #opened(kind: Item['kind']): string {
    const index = this.#items++;
    this.#item = { kind, index, id: `${kind}_${this.#call.n}_${index}` };
    const part = { ...this.#place(), summary_index: 0, part: { type: 'summary_text', text: '' } };
    if (kind === 'reasoning') return this.#itemEvent('added') + this.#event('reasoning_summary_part.added', part);
    const content = { ...this.#place(), content_index: 0, part: { ...this.#part(), text: '' } };
    return this.#itemEvent('added') + this.#event('content_part.added', content);
  }

  #closed(): string {
    if (!this.#item) return '';
    const place = this.#place();
    const part =
      this.#item.kind === 'reasoning'
        ? this.#event('reasoning_summary_part.done', { ...place, summary_index: 0, part: { type: 'summary_text' } })
        : this.#event('output_text.done', { ...place, content_index: 0, text: this.#text }) +
          this.#event('content_part.done', { ...place, content_index: 0, part: this.#part() });
    const events = part + this.#itemEvent('done');
    this.#item = null;
    return events;
  }

  #itemEvent(what: 'added' | 'done'): string {
    const { kind, index, id } = this.#item!;
    const summary = what === 'done' ? [{ type: 'summary_text', text: this.#thoughts }] : [];
    const message = { ...this.#message(what === 'done' ? 'completed' : 'in_progress'), id };
    const item = kind === 'reasoning' ? { id, type: 'reasoning', summary } : message;
    return this.#event(`output_item.${what}`, { output_index: index, item });
  }

  #message = (status: string) => ({
    type: 'message',
    id: `message_${this.#call.n}`,
    status,
    role: 'assistant',
    content: [] as object[],
  });
  #part = () => ({ type: 'output_text', text: this.#text, annotations: [] });
  #place = () => ({ item_id: this.#item!.id, output_index: this.#item!.index });

  #event(name: string, fields: object): string {
    const type = `response.${name}`;
    return `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: this.#sequence++, ...fields })}\n\n`;
  }

  #usage() {
    const input_tokens = wordsOf(this.#call.body);
    const output_tokens = this.#tokens.text + this.#tokens.thoughts;
    return {
      input_tokens,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens,
      output_tokens_details: { reasoning_tokens: this.#tokens.thoughts },
      total_tokens: input_tokens + output_tokens,
    };
  }
}
