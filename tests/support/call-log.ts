import type { Api, ChatRequest } from './chat-wire.ts';

/**
 * One model call as the provider saw it; never changed in place, so a test may keep it. Times are milliseconds of the
 * wall clock with fractions, comparable between processes of one machine.
 */
export type Call = {
  n: number;
  /** Counts the calls of this prompt from 1, and decides over a scenario's `times`. */
  nth: number;
  at: number;
  api: Api;
  /** The scenario that was played; `elsewhere` for a call that followed `redirect`, `unknown` for one that is none. */
  scenario: string;
  /** The text of the last user message. */
  prompt: string;
  body: ChatRequest;
  /** `authorization` says only whether there was one. */
  headers: Record<string, string>;
  status: number | null;
  /** It waits for `release`. */
  held: boolean;
  firstTokenAt: number | null;
  tokensSent: number;
  textSent: string;
  thoughtsSent: number;
  /** `finish`: a whole reply was delivered. `client`: the client went first. `fault`: the scenario ended it. */
  endedBy: 'finish' | 'client' | 'fault' | null;
  /** When the exchange closed; for `client` and `break` that is the socket. */
  closedAt: number | null;
};
type Begun = Pick<Call, 'nth' | 'at' | 'api' | 'scenario' | 'prompt' | 'body' | 'headers'>;

/** `whole`: these are all calls there are, rather than those that changed since. */
export type Changes = { version: number; whole: boolean; calls: Call[] };

/** Below every version: all calls, at once. */
export const FROM_THE_START = -1;

export const clock = () => performance.timeOrigin + performance.now();

/** The calls, and who waits for the next change of one. A version numbers the changes, so that no reader misses one. */
export class CallLog {
  #calls = new Map<number, { call: Call; version: number }>();
  #version = 0;
  #clearedAt = 0;
  #lastN = 0;
  readonly #waiting = new Set<() => void>();

  begin(begun: Begun): Call {
    const nothing = { status: null, held: false, firstTokenAt: null, tokensSent: 0, textSent: '', thoughtsSent: 0 };
    const call = { ...begun, ...nothing, n: ++this.#lastN, endedBy: null, closedAt: null };
    this.#put(call);
    return call;
  }

  /** A call that `clear` has forgotten stays forgotten. */
  change(n: number, change: Partial<Call>): void {
    const known = this.#calls.get(n);
    if (known) this.#put({ ...known.call, ...change });
  }

  get(n: number): Call | undefined {
    return this.#calls.get(n)?.call;
  }

  nthOf(prompt: string): number {
    return 1 + [...this.#calls.values()].filter(({ call }) => call.prompt === prompt).length;
  }

  /** What changed since; when nothing has, waits for the next change, at most so long. */
  async changes(since: number, waitMs: number): Promise<Changes> {
    if (this.#version <= since && waitMs > 0) await this.#nextChange(waitMs);
    const whole = since < this.#clearedAt || since === FROM_THE_START;
    const changed = [...this.#calls.values()].filter((entry) => whole || entry.version > since);
    return { version: this.#version, whole, calls: changed.map(({ call }) => call) };
  }

  clear(): void {
    this.#calls = new Map();
    this.#clearedAt = ++this.#version;
    this.#wake();
  }

  #put(call: Call): void {
    this.#calls.set(call.n, { call, version: ++this.#version });
    this.#wake();
  }

  #nextChange(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, waitMs);
      this.#waiting.add(wake);
    });
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }
}
