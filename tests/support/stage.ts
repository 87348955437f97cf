import type { OutgoingHttpHeaders } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { clock, type Call } from './call-log.ts';
import { ChatReply } from './chat-reply.ts';
import { errorBody, type Delta, type FinishReason, type WireError, type WireReply } from './chat-wire.ts';
import { firstOf, paced } from './pace.ts';
import type { ReplyWriter } from './reply-writer.ts';
import { ResponsesReply } from './responses-reply.ts';
import type { ScenarioOptions } from './scenario-options.ts';
import { replyTokens } from './seeded-text.ts';

/** What some refusals mention: where `redirect` leads, and the caller's key, most of it hidden. */
type Surroundings = { elsewhere: string; maskedKey: string };

type Setting = {
  call: Call;
  /** What it still has to say. */
  tokens: Iterator<string>;
  options: ScenarioOptions;
  around: Surroundings;
  writer: ReplyWriter;
  /** Aborted when the exchange has closed, whoever closed it. */
  gone: AbortSignal;
  record: (change: Partial<Call>) => void;
  /** Resolves when the test has released the key. */
  opened: (key: string) => Promise<void>;
};

/**
 * What a scenario can do to one call. Every verb that takes time ends with an AbortError when the client has gone.
 * A call without `stream` gets the same text at the same time, in one piece.
 */
export class Stage {
  readonly options: ScenarioOptions;
  readonly around: Surroundings;
  readonly #setting: Setting;
  readonly #reply: WireReply;
  #tokens: Iterator<string>;

  constructor(setting: Setting) {
    this.#setting = setting;
    this.options = setting.options;
    this.around = setting.around;
    this.#reply = setting.call.api === 'chat' ? new ChatReply(setting.call) : new ResponsesReply(setting.call);
    this.#tokens = setting.tokens;
  }

  get model(): string {
    return this.#setting.call.body.model;
  }

  cutBytes(pieceSize: () => number): void {
    this.#setting.writer.cutBytes(pieceSize);
  }

  /** From now on each token leaves in several deltas, counted one by one. */
  cutTokens(cut: (token: string) => string[]): void {
    this.#tokens = cutEach(this.#tokens, cut);
  }

  head(): void {
    const type = this.#streams ? 'text/event-stream; charset=utf-8' : 'application/json';
    this.#setting.writer.head(200, { 'content-type': type, 'cache-control': 'no-cache' });
  }

  /** The next so many tokens (all that remain when left out) at the scenario's rate. */
  async send(count = Infinity): Promise<void> {
    await this.#firstPause();
    for await (const batch of paced(firstOf(this.#tokens, count), this.#pace)) {
      // Cut to pieces, a batch takes long: what has gone must be recorded token by token.
      for (const tokens of this.#setting.writer.cuts ? batch.map((token) => [token]) : [batch]) {
        await this.#emit(tokens.map((content) => ({ content })));
      }
    }
  }

  /** The whole text, or another, in one delta. */
  async sendAtOnce(text?: string): Promise<void> {
    await this.#firstPause();
    const tokens = [...firstOf(this.#tokens, Infinity)];
    await this.#emit([{ content: text ?? tokens.join('') }], tokens.length);
  }

  /** Reasoning, in the field that OpenAI-compatible servers have for it; its text is that of the next seed. */
  async think(count: number): Promise<void> {
    await this.#firstPause();
    const thoughts = replyTokens({ ...this.options, seed: this.options.seed + 1, tokens: count });
    if (this.options.tagged) {
      const tagged = `<think>\n${[...thoughts].join('')}\n</think>\n\n`;
      for (const content of tagged) await this.#emit([{ content }], 0);
      return;
    }
    for await (const batch of paced(thoughts, this.#pace)) {
      await this.#emit(batch.map((thought) => ({ reasoning_content: thought })));
    }
  }

  /** Waits until the test releases this call's key. */
  async released(): Promise<void> {
    const { record, opened } = this.#setting;
    this.head();
    record({ held: true });
    await Promise.race([opened(this.options.key), this.silence()]);
    record({ held: false });
  }

  /** Nothing more, until the client goes. */
  silence(): Promise<never> {
    const { gone } = this.#setting;
    return new Promise((_, reject) => {
      if (gone.aborted) reject(gone.reason);
      gone.addEventListener('abort', () => reject(gone.reason), { once: true });
    });
  }

  async finish(reason: FinishReason): Promise<void> {
    await this.#last(this.#reply.end(reason), this.#reply.whole(reason));
    this.#setting.writer.end('finish');
  }

  /** The answer ends as if it were whole, without a finish reason. */
  async cutOff(): Promise<void> {
    await this.#last(this.options.done ? this.#reply.done : '', this.#reply.whole(null));
    this.#setting.writer.end('fault');
  }

  /** An error of the provider's own instead of the next event, and the end. */
  async error(error: WireError): Promise<void> {
    await this.#last(this.#reply.error(error), errorBody(error));
    this.#setting.writer.end('fault');
  }

  /** An event that never ends. */
  async endlessEvent(): Promise<never> {
    this.head();
    await this.#setting.writer.write('data: {"choices":[{"delta":{"content":"');
    for (const piece = 'endless '.repeat(8_192); ;) await this.#setting.writer.write(piece);
  }

  /** This instead of the next event, and the end. */
  async fault(data: string): Promise<void> {
    await this.#last(`data: ${data}\n\n`, data);
    this.#setting.writer.end('fault');
  }

  async destroy(): Promise<void> {
    this.head();
    await this.#setting.writer.destroy(this.options.reset ? 'reset' : 'close');
  }

  /** Something else than a reply, whole and at once. */
  answer(status: number, headers: OutgoingHttpHeaders, body = ''): void {
    this.#setting.writer.head(status, headers);
    this.#setting.writer.end('fault', body);
  }

  get #pace() {
    return { rate: this.options.rate, signal: this.#setting.gone };
  }

  get #streams(): boolean {
    return this.#setting.call.body.stream === true;
  }

  async #firstPause(): Promise<void> {
    this.head();
    if (this.options.firstMs === 0 || this.#reply.begun) return;
    await setTimeout(this.options.firstMs, undefined, { signal: this.#setting.gone });
  }

  /** All in one write. */
  async #emit(deltas: Delta[], tokens?: number): Promise<void> {
    const first = this.#reply.sent.textSent === '';
    const events = this.#reply.grow(deltas, tokens);
    const { sent } = this.#reply;
    const record = () => this.#setting.record({ ...sent, ...(first && sent.textSent && { firstTokenAt: clock() }) });
    if (this.#streams) await this.#setting.writer.write(events, record);
  }

  async #last(events: string, whole: string): Promise<void> {
    this.head();
    if (this.#streams) await this.#setting.writer.write(events);
    else await this.#setting.writer.write(whole, () => this.#setting.record(this.#reply.sent));
  }
}

function* cutEach(tokens: Iterator<string>, cut: (token: string) => string[]): Generator<string> {
  for (const token of firstOf(tokens, Infinity)) yield* cut(token);
}
