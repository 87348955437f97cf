import { FROM_THE_START, type Call, type Changes } from './call-log.ts';

/** The scripted endpoint as a test holds it: started here, or running in a process of its own. */
export type ModelEndpoint = {
  /** `http://127.0.0.1:PORT`; what `OPENAI_BASE_URL` takes is `baseURL`. */
  url: string;
  baseURL: string;
  calls(): Promise<Call[]>;
  callsOf(prompt: string): Promise<Call[]>;
  /**
   * What `find` finds, as soon as a change of a call makes it truthy. `find` sees all calls, in the order they came.
   * Rejects after the time-out, with the calls in its message.
   */
  until<Found>(find: (calls: Call[]) => Found, timeoutMs?: number): Promise<Truthy<Found>>;
  /** Opens the gate of `hold` and `gate-first` for this key (or prompt): for the calls that wait, and for later ones. */
  release(key: string): Promise<void>;
  /** Plays `scenario:NAME …` for prompts that name none, or for exactly this prompt. Stays until `reset`. */
  script(scenario: string, prompt?: string): Promise<void>;
  /** Ends what runs and forgets calls, counts, scripts and released keys. Not for tests that share the endpoint. */
  reset(): Promise<void>;
  close(): Promise<void>;
};
type Truthy<Found> = Exclude<Found, false | 0 | '' | null | undefined>;

/** What differs between the two: how the endpoint is reached. */
export type Reach = Pick<ModelEndpoint, 'release' | 'script' | 'reset' | 'close'> & {
  changes(since: number, waitMs: number): Promise<Changes>;
};

export function endpointAt(url: string, reach: Reach): ModelEndpoint {
  const calls = async () => (await reach.changes(FROM_THE_START, 0)).calls;
  return {
    ...reach,
    url,
    baseURL: `${url}/v1`,
    calls,
    callsOf: async (prompt) => (await calls()).filter((call) => call.prompt === prompt),
    until: (find, timeoutMs = 10_000) => until(reach, find, timeoutMs),
  };
}

/** An endpoint in another process (`node tests/support/model-endpoint.ts --port P`); `close` leaves it running. */
export function connectModelEndpoint(address: string): ModelEndpoint {
  const url = new URL(address).origin;
  const ask = async (path: string, body?: object) => {
    const post = body && { method: 'POST', body: JSON.stringify(body) };
    const answer = await fetch(url + path, post ?? {});
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer;
  };
  return endpointAt(url, {
    changes: async (since, waitMs) => (await ask(`/calls?since=${since}&waitMs=${waitMs}`)).json() as Promise<Changes>,
    release: async (key) => void (await ask('/release', { key })),
    script: async (scenario, prompt) => void (await ask('/script', { scenario, prompt })),
    reset: async () => void (await ask('/reset', {})),
    close: async () => {},
  });
}

async function until<Found>(reach: Reach, find: (calls: Call[]) => Found, timeoutMs: number): Promise<Truthy<Found>> {
  const deadline = performance.now() + timeoutMs;
  let calls: Call[] = [];
  for (let since = FROM_THE_START, waitMs = timeoutMs; waitMs >= 0; waitMs = Math.ceil(deadline - performance.now())) {
    const changes = await reach.changes(since, waitMs);
    since = changes.version;
    calls = changes.whole ? changes.calls : merged(calls, changes.calls);
    const found = find(calls);
    if (found) return found as Truthy<Found>;
  }
  throw new Error(`Not within ${timeoutMs} ms: ${String(find)}\n${calls.map(lineOf).join('\n') || 'No call came.'}`);
}

const merged = (calls: Call[], changed: Call[]) =>
  [...new Map([...calls, ...changed].map((call) => [call.n, call])).values()].sort((a, b) => a.n - b.n);

function lineOf({ n, nth, scenario, status, held, tokensSent, endedBy, prompt }: Call): string {
  const state = endedBy ?? (held ? 'held' : 'running');
  return `#${n} ${scenario} (${nth}) ${status ?? 'no status'}, ${tokensSent} tokens, ${state}: ${prompt.slice(0, 80)}`;
}
