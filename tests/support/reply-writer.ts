import { once } from 'node:events';
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import type { Call } from './call-log.ts';

type Sending = { response: ServerResponse; gone: AbortSignal; record: (change: Partial<Call>) => void };

/** The bytes of one answer: never more in memory than the reader takes, and an end that is recorded when delivered. */
export class ReplyWriter {
  readonly #response: ServerResponse;
  readonly #gone: AbortSignal;
  readonly #record: Sending['record'];
  #pieceSize: (() => number) | undefined;
  #flushed: Promise<void> = Promise.resolve();
  #settle = () => {};

  constructor({ response, gone, record }: Sending) {
    this.#response = response;
    this.#gone = gone;
    this.#record = record;
    // A socket that goes takes the callbacks of its unfinished writes along.
    gone.addEventListener('abort', () => this.#settle());
  }

  get cuts(): boolean {
    return this.#pieceSize !== undefined;
  }

  /** From now on the body leaves in pieces of so many bytes, each in a TCP segment of its own. */
  cutBytes(pieceSize: () => number): void {
    this.#pieceSize = pieceSize;
    // Chunked encoding would put its own bytes around each piece.
    this.#response.removeHeader('transfer-encoding');
  }

  head(status: number, headers: OutgoingHttpHeaders): void {
    if (this.#response.headersSent) return;
    this.#response.writeHead(status, headers).flushHeaders();
    this.#record({ status });
  }

  /** Hands the text over at once, calls `sent`, and is done when the next text may come. */
  async write(text: string, sent: () => void = () => {}): Promise<void> {
    this.#gone.throwIfAborted();
    if (this.#pieceSize) await this.#writeCut(Buffer.from(text), this.#pieceSize);
    const free = this.#pieceSize !== undefined || this.#hand(text);
    sent();
    if (!free) await once(this.#response, 'drain', { signal: this.#gone });
  }

  end(by: 'finish' | 'fault', text = ''): void {
    this.#response.once('finish', () => this.#record({ endedBy: by })).end(text);
  }

  /** Everything written is delivered, then the socket goes. */
  async destroy(how: 'close' | 'reset'): Promise<void> {
    await this.#flushed;
    this.#gone.throwIfAborted();
    this.#record({ endedBy: 'fault' });
    if (how === 'reset') this.#response.socket?.resetAndDestroy();
    else this.#response.destroy();
  }

  #hand(data: string | Uint8Array): boolean {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#flushed = promise;
    this.#settle = resolve;
    return this.#response.write(data, () => resolve());
  }

  async #writeCut(bytes: Uint8Array, pieceSize: () => number): Promise<void> {
    for (let from = 0, to = 0; from < bytes.length; from = to) {
      to = from + pieceSize();
      this.#hand(bytes.subarray(from, to));
      await this.#flushed;
      await setImmediate(undefined, { signal: this.#gone });
    }
  }
}
